namespace Posthorn.PostgreSql.Committing;

/// <summary>A node's row in the table of nodes.</summary>
/// <param name="Id">The node.</param>
/// <param name="Name">What people call it.</param>
/// <param name="StartedAt">Ticks of the wall clock.</param>
internal sealed record NodeRow(long Id, string Name, long StartedAt)
{
    /// <summary>Locks it ($1) for as long as the transaction lasts.</summary>
    public const string Lock = "SELECT last_batch FROM posthorn.nodes WHERE node_id = $1 FOR UPDATE";

    /// <summary>Tells the last batch of node $1 that was committed, and sees to it that batch $2 will not be if it was not.</summary>
    public const string Fence = "UPDATE posthorn.nodes SET fenced_batch = greatest(fenced_batch, $2) WHERE node_id = $1 RETURNING last_batch";

    /// <summary>Writes it: $1 to $3 are its fields, $4 is now.</summary>
    public const string Insert = "INSERT INTO posthorn.nodes (node_id, name, started_at, seen_at) VALUES ($1, $2, $3, $4)";

    /// <summary>Notes that a batch ($2) of node $1 is committed with this transaction, and that the node is there ($3 is now).</summary>
    public const string Update = "UPDATE posthorn.nodes SET last_batch = $2, seen_at = $3 WHERE node_id = $1";

    /// <summary><see cref="Update"/> of a batch that may come to the server late: not when it was taken for lost.</summary>
    public const string UpdateUnlessFenced = $"{Update} AND fenced_batch < $2";
}
