using System.Threading.Channels;
using Npgsql;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.PostgreSql.Waking;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Groups: which have something ready, and which are put aside.</summary>
public sealed partial class PostgresEngine
{
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
    public IReadOnlyList<GroupStatus> Groups(QueueName queue) => Look(connection =>
    {
        if (FetchQueue(connection, queue.Value) is not { } row)
            return (IReadOnlyList<GroupStatus>)[];
        var now = Now;
        var groups = ReadFigures(connection, row.Id, among: null, now);
        lock (_gate)
            return groups.ConvertAll(g => new GroupStatus(g.Group, g.Ready, g.Messages, g.Oldest) { Leased = g.Leased, DelayedSince = DelayedSince(row.Id, g.Group, now) });
    });

    private List<GroupFigures> ReadFigures(NpgsqlConnection connection, long queueId, string[]? among, Moment now)
    {
        var groups = new List<GroupFigures>();
        using var statements = new Statements(connection, _sql).Add(GroupSql.Figures, queueId, now.Wall, now.Steady, among);
        using var reader = statements.Read();
        while (reader.Read())
            groups.Add(GroupFigures.Read(reader));
        return groups;
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
            .Add(queue.Policy.IsFifo ? GroupSql.ReadyInOrder : GroupSql.Ready, queue.Id, queue.ReceivesMax, among);
        using var reader = statements.Read();
        if (reader.Read() && reader.GetInt64(0) >= queue.Policy.LeasesMax)
            return groups;
        reader.NextResult();
        while (reader.Read())
            groups.Add(reader.GetString(0));
        return groups;
    }
}
