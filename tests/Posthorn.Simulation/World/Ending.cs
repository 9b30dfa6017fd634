namespace Posthorn.Simulation.World;

/// <summary>The ways in which a store's life can end.</summary>
public enum Ending
{
    /// <summary>The machine loses its power.</summary>
    PowerLoss,
    /// <summary>The process dies; what it wrote stays in the page cache.</summary>
    Kill,
    /// <summary>The engine is closed in order, then the process ends.</summary>
    Close,
    /// <summary>The engine is closed in order, then the machine loses its power.</summary>
    CloseThenPowerLoss,
}
