using Posthorn.Bodies;

namespace Posthorn.PostgreSql;

/// <summary>Where the database is and how the engine uses it.</summary>
public sealed record PostgresOptions
{
    /// <summary>
    /// Npgsql's connection string. Several hosts (<c>Host=a,b</c>) are tried until one writes. Statements are prepared on the server unless it says
    /// <c>Max Auto Prepare=0</c>, which a pgbouncer before 1.21 in transaction mode needs.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// The connection string of the one connection that listens, when <see cref="ConnectionString"/> leads through a pooler in transaction mode, which
    /// cannot pass notifications on; null is the same.
    /// </summary>
    public string? ListenConnectionString { get; init; }

    /// <summary>The schema the tables are in: lower-case letters, digits and underscores. Made when it does not exist.</summary>
    public string Schema { get; init; } = "posthorn";

    /// <summary>What people call this node; it stands in the table <c>nodes</c>. The machine's name by default.</summary>
    public string NodeName { get; init; } = Environment.MachineName;

    /// <summary>Most commits in one transaction, 1 or more. What waits while a transaction is under way goes into the next one.</summary>
    public int BatchCommitsMax { get; init; } = 256;

    /// <summary>How often it is looked for what no notification told of: more than zero. Only a safety net.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long a call waits for a database that cannot be reached, before <see cref="Engine.EngineUnavailableException"/>: zero or more.</summary>
    public TimeSpan ReconnectPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For how long a large body outlives its last message, so that whoever reads it can go on; more than zero.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// For how long a large body that is written waits for the commit that names it, before upkeep takes it for one whose node has died; more than zero. A
    /// commit that comes later is refused. One that this process is still writing has as long as it takes.
    /// </summary>
    public TimeSpan UnnamedBodyGrace { get; init; } = TimeSpan.FromHours(3);

    /// <summary>
    /// Where bodies of more than 128 KiB are: a bucket or a shared folder that every node names alike; null is the database. The engine closes it. Those
    /// written before it was named stay in the database.
    /// </summary>
    public IBodyStore? Bodies { get; init; }

    /// <summary>What is in <see cref="Bodies"/> and no row of the database knows is removed at this age, looked for once a day: more than <see cref="UnnamedBodyGrace"/>.</summary>
    public TimeSpan StrayBodyAge { get; init; } = TimeSpan.FromDays(1);
}
