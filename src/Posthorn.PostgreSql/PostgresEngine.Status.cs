using Npgsql;
using Posthorn.Messages;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>What queues hold, and documents.</summary>
public sealed partial class PostgresEngine
{
    // What is due or expired and not written down yet is counted as what it is. $1 is now (wall), $2 now (steady).
    private const string Figures = $"""
        SELECT {RowReader.QueueColumns},
            (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 2 AND d.leased_until > $2),
            (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 1 AND d.due_at > $1)
                + (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 2 AND d.leased_until <= $2 AND NOT d.is_held AND d.due_at > $1 AND NOT d.is_due),
            (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 3)
                + (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 2 AND d.leased_until <= $2 AND d.is_held),
            (SELECT d.enqueued_at FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state <> 4 ORDER BY d.number LIMIT 1)
        FROM posthorn.queues q WHERE q.deleted_at IS NULL
        """;

    private const int AfterQueue = 11;

    /// <inheritdoc/>
    public QueueStatus? Status(QueueName queue) => Look(connection => Statuses(connection, " AND q.name = $3", queue.Value)).SingleOrDefault();

    /// <inheritdoc/>
    public IReadOnlyList<QueueStatus> Queues() => [.. Look(connection => Statuses(connection, "")).OrderBy(s => s.Name.Value, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Document(string key)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _documents.TryGetValue(key, out var value) ? value : default(ReadOnlyMemory<byte>?);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents(string prefix)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return [.. _documents.Where(d => d.Key.StartsWith(prefix, StringComparison.Ordinal))];
        }
    }

    /// <summary>Under the gate.</summary>
    private void SetDocument(string key, byte[]? value)
    {
        _documentsSet++;
        if (value is null)
            _documents.Remove(key);
        else
            _documents[key] = value;
    }

    private async Task LoadDocumentsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long before, turn;
            lock (_gate)
                (before, turn) = (_documentsSet, ++_documentsAsked);
            var documents = await ReadDocumentsAsync(cancellationToken);
            lock (_gate)
            {
                // What this node set meanwhile may not be in what was read.
                if (before != _documentsSet)
                    continue;
                // Of two who read at once the one who began later has seen more, whoever is done first.
                if (turn > _documentsReadBy)
                    (_documents, _documentsReadBy) = (documents, turn);
                return;
            }
        }
    }

    private Task<SortedDictionary<string, ReadOnlyMemory<byte>>> ReadDocumentsAsync(CancellationToken cancellationToken) => AskAsync(
        async (connection, token) =>
        {
            var found = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            await using var statements = new Statements(connection, _sql).Add("SELECT key, value FROM posthorn.documents");
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                found[reader.GetString(0)] = reader.GetFieldValue<byte[]>(1);
            return found;
        },
        cancellationToken);

    private List<QueueStatus> Statuses(NpgsqlConnection connection, string only, params object[] parameters)
    {
        var now = Now;
        var found = new List<(QueueRow Row, QueueStatus Status)>();
        using (var statements = new Statements(connection, _sql).Add(Figures + only, [now.Wall, now.Steady, .. parameters]))
        {
            using var reader = statements.Read();
            while (reader.Read())
                found.Add(ReadStatus(reader));
        }
        return found.ConvertAll(f => WithLanes(connection, f.Row, f.Status, now));
    }

    private static (QueueRow Row, QueueStatus Status) ReadStatus(NpgsqlDataReader row)
    {
        var queue = RowReader.Queue(row);
        var (leased, delayed, held) = (row.GetInt64(AfterQueue), row.GetInt64(AfterQueue + 1), row.GetInt64(AfterQueue + 2));
        var status = new QueueStatus(
            queue.Name, queue.Id, queue.Policy, queue.Messages - leased - delayed - held, delayed, leased, held, queue.Bytes,
            row.IsDBNull(AfterQueue + 3) ? null : RowReader.Time(row.GetInt64(AfterQueue + 3)), queue.NextNumber)
        {
            Consumed = queue.Consumed, ConsumedBytes = queue.ConsumedBytes, HighestModSeq = queue.HighestModSeq,
        };
        return (queue, status);
    }

    private QueueStatus WithLanes(NpgsqlConnection connection, QueueRow queue, QueueStatus status, Moment now)
    {
        QueueLanes? lanes;
        string[] deferred;
        lock (_gate)
        {
            _lanes.TryGetValue(queue.Id, out lanes);
            lanes?.EndDeferrals(now.Steady);
            deferred = lanes is null ? [] : [.. lanes.Deferred.Keys];
        }
        if (lanes is null || (queue.Policy.Fairness is null && deferred.Length == 0))
            return status;
        IReadOnlyDictionary<string, NoisyTenant> noisy = new Dictionary<string, NoisyTenant>(StringComparer.Ordinal);
        if (queue.Policy.Fairness is not null)
        {
            lanes.Turns.Look(PresentLanes(connection, queue), now.Wall);
            noisy = lanes.Turns.Noisy();
        }
        var inLane = ReadFigures(connection, queue.Id, [.. noisy.Keys.Union(deferred, StringComparer.Ordinal)], now);
        lock (_gate)
        {
            return status with
            {
                Lanes = new LaneFigures(
                    inLane.Sum(g => g.Ready), inLane.Min(g => g.OldestReady), noisy.Count, deferred.Length,
                    inLane.Where(g => noisy.ContainsKey(g.Group)).Sum(g => g.Leased), lanes.PriorityReceives, lanes.DelayedReceives),
            };
        }
    }

    private Dictionary<string, Lane> PresentLanes(NpgsqlConnection connection, QueueRow queue)
    {
        var lanes = new Dictionary<string, Lane>(StringComparer.Ordinal);
        using var statements = new Statements(connection, _sql).Add(GroupSql.Lanes, queue.Id, 1L, queue.ReceivesMax);
        using var reader = statements.Read();
        while (reader.Read())
            lanes[reader.GetString(0)] = new Lane(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        return lanes;
    }

    /// <summary>Under the gate.</summary>
    private DateTimeOffset? DelayedSince(long queueId, string group, Moment now)
    {
        if (!_lanes.TryGetValue(queueId, out var lanes))
            return null;
        if (lanes.Deferred.TryGetValue(group, out var deferred) && deferred.Until > now.Steady)
            return RowReader.Time(deferred.Since);
        return lanes.Turns.Noisy().TryGetValue(group, out var noisy) ? RowReader.Time(noisy.Since) : null;
    }
}
