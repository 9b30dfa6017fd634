using System.Threading.Channels;
using Npgsql;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Groups: which have something ready, and which are put aside.</summary>
public sealed partial class PostgresEngine
{
    private const string ReadyGroupsText = """
        SELECT group_name FROM posthorn.deliveries
        WHERE queue_id = $1 AND state = 0 AND receive_count < $2 AND ($3::text[] IS NULL OR group_name = ANY ($3)) GROUP BY group_name ORDER BY min(number)
        """;

    private const string ReadyHeads = """
        SELECT g.group_name FROM posthorn.ordered_groups g CROSS JOIN LATERAL (
            SELECT state, receive_count, number FROM posthorn.deliveries d
            WHERE d.queue_id = $1 AND d.group_name = g.group_name AND d.is_ordered AND d.state <> 4 ORDER BY d.number LIMIT 1) h
        WHERE g.queue_id = $1 AND h.state = 0 AND h.receive_count < $2 AND ($3::text[] IS NULL OR g.group_name = ANY ($3)) ORDER BY h.number
        """;

    /// <inheritdoc/>
    public ChannelReader<string> ReadyGroups(QueueName queue)
    {
        var announcements = new Announcements();
        lock (_gate)
        {
            ThrowIfClosed();
            if (_announcements.Remove(queue.Value, out var before))
                before.End();
            _announcements[queue.Value] = announcements;
        }
        if (Look(connection => FetchQueue(connection, queue.Value)) is { Policy.IsPaused: false } row)
            Announce(row, Look(connection => ReceivableGroups(connection, row, null)));
        return announcements.Reader;
    }

    /// <inheritdoc/>
    public void Defer(QueueName queue, string group, TimeSpan time)
    {
        if (Look(connection => FetchQueue(connection, queue.Value)) is not { } row)
            return;
        lock (_gate)
        {
            var now = Now;
            var lanes = LanesOf(row.Id);
            lanes.EndDeferrals(now.Steady);
            var since = lanes.Deferred.TryGetValue(group, out var known) ? known.Since : now.Wall;
            lanes.Deferred.Remove(group);
            if (time > TimeSpan.Zero)
                lanes.Deferred[group] = (since, Moment.Later(now.Steady, time));
            SetTimer();
        }
        Call(queue.Value);
    }

    private QueueRow? FetchQueue(NpgsqlConnection connection, string name)
    {
        QueueRow? queue;
        using (var statements = new Statements(connection, _sql).Add($"SELECT {RowReader.QueueColumns} FROM posthorn.queues q WHERE q.name = $1 AND q.deleted_at IS NULL", name))
        {
            using var reader = statements.Read();
            queue = reader.Read() ? RowReader.Queue(reader) : null;
        }
        if (queue is not null)
        {
            lock (_gate)
                Know(queue);
        }
        return queue;
    }

    /// <summary>The groups of which something can be received, by the number of what comes first.</summary>
    private List<string> ReceivableGroups(NpgsqlConnection connection, QueueRow queue, string[]? among)
    {
        var groups = new List<string>();
        var now = Now;
        using var statements = new Statements(connection, _sql)
            .Add(
                "SELECT count(*) FROM posthorn.deliveries WHERE $2 AND queue_id = $1 AND state = 2 AND leased_until > $3", queue.Id, queue.Policy.LeasesMax is not null, now.Steady)
            .Add(queue.Policy.IsFifo ? ReadyHeads : ReadyGroupsText, queue.Id, ReceivesMax(queue), among);
        using var reader = statements.Read();
        if (reader.Read() && reader.GetInt64(0) >= queue.Policy.LeasesMax)
            return groups;
        reader.NextResult();
        while (reader.Read())
            groups.Add(reader.GetString(0));
        return groups;
    }
}
