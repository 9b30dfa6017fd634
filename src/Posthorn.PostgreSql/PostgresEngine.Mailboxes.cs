using Npgsql;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>A queue as a mailbox: by number, with its flags, watched.</summary>
public sealed partial class PostgresEngine
{
    private const string FromWhole = """
        FROM posthorn.deliveries d JOIN posthorn.messages m USING (message_id) JOIN posthorn.queues q ON q.queue_id = d.queue_id AND q.deleted_at IS NULL
        LEFT JOIN posthorn.bodies b ON b.body_id = m.body_id AND NOT b.is_large AND b.length <= 4096
        """;

    private const string SelectWhole = $"SELECT {RowReader.DeliveryColumns}, {RowReader.DataColumns}, {RowReader.WholeColumns}, {RowReader.BytesColumns}, q.name {FromWhole}";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MessageSummary>> ListAsync(QueueName queue, long from, int max, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        cancellationToken.ThrowIfCancellationRequested();
        return new(AskAsync(
            async (connection, token) =>
            {
                var now = Now;
                var found = new List<MessageSummary>();
                await using var statements = new Statements(connection, _sql).Add(
                    $"""
                    SELECT {RowReader.DeliveryColumns}, {RowReader.DataColumns} FROM posthorn.queues q JOIN posthorn.deliveries d USING (queue_id) JOIN posthorn.messages m USING (message_id)
                    WHERE q.name = $1 AND q.deleted_at IS NULL AND d.number >= $2 AND d.state <> 4 ORDER BY d.number LIMIT $3
                    """,
                    queue.Value, from, max);
                await using var reader = await statements.ReadAsync(token);
                while (await reader.ReadAsync(token))
                {
                    var entry = RowReader.Entry(reader, isWhole: false);
                    found.Add(new MessageSummary(
                        entry.Number, new MessageId(entry.Id), StateOf(entry, now), entry.ModSeq, entry.Data.Length, RowReader.Time(entry.EnqueuedAt), entry.Data.Flags, entry.ReceiveCount));
                }
                return (IReadOnlyList<MessageSummary>)found;
            },
            cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(QueueName queue, long number, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return (await MessagesAsync($"{SelectWhole} WHERE q.name = $1 AND d.number = $2 AND d.state <> 4", [queue.Value, number], cancellationToken)).SingleOrDefault();
    }

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return id.Value > long.MaxValue ? null : (await MessagesAsync($"{SelectWhole} WHERE d.message_id = $1", [(long)id.Value], cancellationToken)).SingleOrDefault();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Message>> ReadAsync(QueueName queue, IReadOnlyList<long> numbers, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var found = await MessagesAsync($"{SelectWhole} WHERE q.name = $1 AND d.number = ANY ($2) AND d.state <> 4", [queue.Value, numbers.Distinct().ToArray()], cancellationToken);
        var byNumber = found.ToDictionary(m => m.Number);
        return [.. numbers.Where(byNumber.ContainsKey).Select(n => byNumber[n])];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> FlagCounts(QueueName queue) => Look(connection =>
    {
        var counts = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        using var statements = new Statements(connection, _sql).Add(
            "SELECT f.flag, f.message_count FROM posthorn.flag_counts f JOIN posthorn.queues q USING (queue_id) WHERE q.name = $1 AND q.deleted_at IS NULL AND f.message_count > 0", queue.Value);
        using var reader = statements.Read();
        while (reader.Read())
            counts[reader.GetString(0)] = reader.GetInt64(1);
        return counts;
    });

    /// <inheritdoc/>
    public IQueueWatch Watch(QueueName queue, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var watch = new QueueWatch(capacity, gone =>
        {
            lock (_gate)
            {
                if (!_watched.TryGetValue(queue.Value, out var left))
                    return;
                left.Remove(gone);
                if (left.IsEmpty)
                    _watched.Remove(queue.Value);
            }
        });
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_watched.TryGetValue(queue.Value, out var watched))
                _watched.Add(queue.Value, watched = new WatchedQueue());
            watched.Add(watch);
        }
        return watch;
    }

    private Task<List<Message>> MessagesAsync(string text, object[] parameters, CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            var now = Now;
            var found = new List<Message>();
            await using var statements = new Statements(connection, _sql).Add(text, parameters);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                found.Add(MessageOf(reader, now));
            return found;
        },
        cancellationToken);

    private Message MessageOf(NpgsqlDataReader row, Moment now)
    {
        var entry = RowReader.Entry(row, isWhole: true);
        return RowReader.Message(entry, QueueName.Parse(row.GetString(RowReader.AfterWhole + 2)), StateOf(entry, now), RowReader.Body(row, entry, this, RowReader.AfterWhole));
    }

    /// <summary>A message's state now, whether or not somebody has written down what time has done.</summary>
    private static MessageState StateOf(Entry entry, Moment now) => (entry.LeasedUntil <= now.Steady ? entry with { LeasedUntil = null } : entry).State(now.Wall);
}
