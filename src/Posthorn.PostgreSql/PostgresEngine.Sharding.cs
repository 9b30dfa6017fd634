using Npgsql;
using Posthorn.Commits;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;
using Posthorn.Sharding;

namespace Posthorn.PostgreSql;

/// <summary>The database as one of several shards.</summary>
public sealed partial class PostgresEngine : IShard
{
    // A sequence in the range is left alone: a node may be giving ids from it. One of an empty database is set; with messages from another range it stays.
    private const string TakeRange = """
        SELECT CASE WHEN last_value >= $1 AND last_value < $2 THEN true
            WHEN EXISTS (SELECT 1 FROM posthorn.messages) THEN false
            ELSE setval('posthorn.message_ids', $1, false) = $1 END
        FROM posthorn.message_ids
        """;

    /// <summary>The name of the database's folder in stores of bodies, which is made with the schema.</summary>
    public Guid Identity { get; private set; }

    /// <inheritdoc/>
    public async ValueTask UseIdRangeAsync(int range, CancellationToken cancellationToken = default)
    {
        var (first, end) = ((long)IdRanges.FirstOf(range), (long)IdRanges.EndOf(range));
        var isTaken = await AskAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                await using (var alone = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({SchemaSetup.LockKey})", connection))
                    await alone.ExecuteNonQueryAsync(token);
                await using var take = new NpgsqlCommand(_sql[TakeRange], connection) { Parameters = { new() { Value = first }, new() { Value = end } } };
                var taken = (bool)(await take.ExecuteScalarAsync(token))!;
                await transaction.CommitAsync(token);
                return taken;
            },
            cancellationToken);
        if (isTaken)
            return;
        throw new ShardsUnusableException(
            $"The {NameOf(_options)} holds messages whose ids {(range == 0 ? "are those of a shard: it cannot be the first database." : "another shard may give too: name it first, or give an empty database.")}");
    }

    /// <inheritdoc/>
    public async ValueTask<CommitResult?> FindCommitAsync(string key, CancellationToken cancellationToken = default)
    {
        var found = await ((IBodySql)this).RowsAsync(
            "SELECT result FROM posthorn.commit_keys WHERE key = $1 AND expires_at > $2", [key, Now.Wall], row => ResultJson.Read(row.GetString(0)), cancellationToken);
        return found is [var result] ? result with { IsRepeat = true } : null;
    }
}
