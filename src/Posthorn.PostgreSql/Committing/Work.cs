namespace Posthorn.PostgreSql.Committing;

/// <summary>What waits for the writer: a caller's commit, or the engine's own upkeep of some messages.</summary>
internal abstract class Work
{
    /// <summary>Messages it names.</summary>
    public abstract IEnumerable<ulong> Messages { get; }

    /// <summary>How much it is: its operations, 1 or more.</summary>
    public abstract int Operations { get; }

    /// <summary>Completes it; only once does anything.</summary>
    public abstract void Fail(Exception failure);
}
