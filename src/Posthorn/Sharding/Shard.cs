namespace Posthorn.Sharding;

/// <summary>One of several stores that make one, beside the first.</summary>
/// <param name="Name">What people call it; another one for each.</param>
/// <param name="Open">
/// Opens the engine on it. A store that cannot be reached says <see cref="Engine.EngineUnavailableException"/>, and is asked again until it can be; any other
/// fault ends the start. Called once at a time; the engine it gave last is closed before.
/// </param>
/// <param name="Queues">Names of its queues; <c>*</c> stands for any characters or none. Of several shards whose patterns match a name the first has the queue.</param>
public sealed record Shard(string Name, Func<CancellationToken, Task<IShard>> Open, IReadOnlyList<string> Queues)
{
    /// <summary>One whose engine is open already: it must be there at the start, and until that has ended.</summary>
    public Shard(string name, IShard engine, IReadOnlyList<string> queues)
        : this(name, _ => Task.FromResult(engine), queues)
    {
        IsGiven = true;
    }

    /// <summary>Whether its engine was given open, and cannot be opened again.</summary>
    internal bool IsGiven { get; }
}
