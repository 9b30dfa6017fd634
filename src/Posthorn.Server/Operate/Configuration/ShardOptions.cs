namespace Posthorn.Server.Operate.Configuration;

/// <summary>A database that has some of the queues (<c>engine.shards</c>).</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Postgres">Its connection string.</param>
/// <param name="Queues">The names of its queues; <c>*</c> stands for any characters or none.</param>
public sealed record ShardOptions(string Name, string Postgres, IReadOnlyList<string> Queues)
{
    /// <summary>A connection string that leads around a pooler, for the one connection that listens; null is the same.</summary>
    public string? Listen { get; init; }

    /// <summary>The schema of the tables.</summary>
    public string Schema { get; init; } = "posthorn";
}
