namespace Posthorn.Server.Operate.Configuration;

/// <summary>Where queues are kept when it is not the journal of the data folder.</summary>
public sealed record EngineOptions
{
    /// <summary>The connection string of a PostgreSQL database that several nodes share; null is the journal.</summary>
    public string? Postgres { get; init; }

    /// <summary>Databases that have some of the queues; none leaves all with <see cref="Postgres"/>.</summary>
    public IReadOnlyList<ShardOptions> Shards { get; init; } = [];

    /// <summary>A connection string that leads around a pooler, for the one connection that listens; null is the same.</summary>
    public string? Listen { get; init; }

    /// <summary>Where large bodies go: the address of a bucket (<c>s3://…</c>) or the path of a folder; null leaves them with the queues.</summary>
    public string? Bodies { get; init; }

    /// <summary>For how long a large body outlives its last message where it is kept outside of the journal: a second or more.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The schema of the tables.</summary>
    public string Schema { get; init; } = "posthorn";
}
