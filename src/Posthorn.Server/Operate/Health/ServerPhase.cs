namespace Posthorn.Server.Operate.Health;

/// <summary>Where a server is in its life.</summary>
public enum ServerPhase
{
    Starting,
    Serving,
    /// <summary>It takes nothing in any more and finishes what it has begun.</summary>
    Draining,
}
