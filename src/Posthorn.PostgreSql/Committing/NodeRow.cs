namespace Posthorn.PostgreSql.Committing;

/// <summary>A node's row in the table of nodes.</summary>
/// <param name="Id">The node.</param>
/// <param name="Name">What people call it.</param>
/// <param name="StartedAt">Ticks of the wall clock.</param>
internal sealed record NodeRow(long Id, string Name, long StartedAt)
{
    /// <summary>Locks it ($1) for as long as the transaction lasts.</summary>
    public const string Lock = "SELECT last_batch FROM posthorn.nodes WHERE node_id = $1 FOR UPDATE";

    /// <summary>Writes it: $1 to $3 are its fields, $4 is now.</summary>
    public const string Insert = "INSERT INTO posthorn.nodes (node_id, name, started_at, seen_at) VALUES ($1, $2, $3, $4)";
}
