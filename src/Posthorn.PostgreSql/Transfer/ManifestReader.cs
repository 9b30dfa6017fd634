using System.Data.Common;
using Npgsql;
using Posthorn.Commits;
using Posthorn.Engine.Transfer;
using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Schema;

namespace Posthorn.PostgreSql.Transfer;

/// <summary>Reads all that a schema holds but its messages.</summary>
internal static class ManifestReader
{
    private const string Counters = """
        SELECT (SELECT CASE WHEN is_called THEN last_value + 100 ELSE last_value END FROM posthorn.message_ids),
               (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM posthorn.queue_ids)
        """;

    public static async Task<TransferManifest> ReadAsync(NpgsqlConnection connection, SqlText sql, CancellationToken cancellationToken)
    {
        Task<List<T>> AllAsync<T>(string text, Func<DbDataReader, T> read) => ReadAsync(connection, sql, text, read, cancellationToken);

        var queues = await AllAsync(
            $"SELECT {RowReader.QueueColumns} FROM posthorn.queues q WHERE q.deleted_at IS NULL",
            row => RowReader.Queue(row) is var q ? new TransferQueue(q.Id, q.Name, q.Policy, q.NextNumber, q.HighestModSeq, q.Messages, q.Bytes, q.Consumed, q.ConsumedBytes) : null!);
        var counters = await AllAsync(Counters, row => (Message: (ulong)row.GetInt64(0), Queue: row.GetInt64(1)));
        return new TransferManifest
        {
            Queues = [.. queues.OrderBy(queue => queue.Name)],
            NextMessage = counters[0].Message,
            NextQueue = counters[0].Queue,
            Documents = await AllAsync(
                $"SELECT key, value FROM posthorn.documents WHERE key <> '{TransferMark.Key}' ORDER BY key",
                row => KeyValuePair.Create<string, ReadOnlyMemory<byte>>(row.GetString(0), row.GetFieldValue<byte[]>(1))),
            Keys = await AllAsync(
                "SELECT key, expires_at, result FROM posthorn.commit_keys",
                row => ResultJson.Read(row.GetString(2)) is var result ? new TransferKey(row.GetString(0), row.GetInt64(1), result.Added, result.Moved) : null!),
            Deduplications = await AllAsync(
                """
                SELECT d.queue_id, d.group_name, d.deduplication_id, d.expires_at, d.message_id, d.number
                FROM posthorn.deduplication d JOIN posthorn.queues q ON q.queue_id = d.queue_id AND q.deleted_at IS NULL
                """,
                row => new TransferDeduplication(
                    row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), new AddedMessage(new MessageId((ulong)row.GetInt64(4)), row.GetInt64(5)))),
        };
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, SqlText sql, string text, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        await using var statements = new Statements(connection, sql).Add(text);
        await using var reader = await statements.ReadAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Add(read(reader));
        return found;
    }
}
