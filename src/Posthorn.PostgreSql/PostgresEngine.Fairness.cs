using Npgsql;
using Posthorn.Leases;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Who comes next in a fair queue, and what is said of its lanes.</summary>
public sealed partial class PostgresEngine
{
    /// <summary>So many more than are wanted are looked at, for a tenant among them may turn out to be noisy.</summary>
    private const int WindowSpare = 8;

    private const string ReadyOfTenant = """
        SELECT message_id, group_name, number, mod_seq FROM posthorn.deliveries
        WHERE queue_id = $1 AND state = 0 AND receive_count < $3 AND group_name = $4 ORDER BY rank DESC, number LIMIT $2
        """;

    /// <summary>Picks one after the other: each depends on those before.</summary>
    /// <remarks>Under the queue's lock. It looks at the head of each tenant's messages, so it costs what there are tenants, however many messages wait.</remarks>
    private async Task<List<Pick>> PickFairlyAsync(NpgsqlConnection connection, QueueRow queue, string[] deferred, int max, Moment now, CancellationToken cancellationToken)
    {
        var lanes = await LanesAsync(connection, queue, max, cancellationToken);
        FairTurns turns;
        lock (_gate)
            turns = LanesOf(queue.Id).Turns;
        turns.Look(lanes, now.Wall);
        var present = lanes.Where(l => !deferred.Contains(l.Key, StringComparer.Ordinal)).ToDictionary(StringComparer.Ordinal);
        var (messages, leased) = (lanes.Values.Sum(l => l.Messages), lanes.Values.Sum(l => l.Leased));
        var picks = new List<Pick>();
        var taken = new HashSet<long>();
        Queue<Pick>? window = null;
        while (picks.Count < max)
        {
            if (turns.Calm(present, leased))
                window = null;
            Pick? next = null;
            while (next is null)
            {
                if (window is null or { Count: 0 })
                {
                    string[] left = [.. deferred, .. turns.Noisy().Keys];
                    var found = await PicksAsync(connection, GroupSql.Heads, [queue.Id, (long)max + WindowSpare, queue.ReceivesMax, left], cancellationToken);
                    window = new Queue<Pick>(found.Where(p => !taken.Contains(p.MessageId)));
                    if (window.Count == 0)
                        break;
                }
                var first = window.Dequeue();
                var isAlone = present.All(l => l.Key == first.Group || l.Value.Ready == 0);
                next = turns.TurnsNoisy(first.Group, present[first.Group], isAlone, messages, leased, now.Wall) ? null : first;
            }
            if (next is null && turns.Next(present) is { } tenant)
            {
                var found = await PicksAsync(connection, ReadyOfTenant, [queue.Id, (long)(taken.Count + 1), queue.ReceivesMax, tenant], cancellationToken);
                next = found.FirstOrDefault(p => !taken.Contains(p.MessageId));
            }
            if (next is null)
                break;
            taken.Add(next.MessageId);
            var lane = present[next.Group];
            present[next.Group] = lane with { Ready = lane.Ready - 1, Leased = lane.Leased + 1 };
            leased++;
            picks.Add(next with { IsCounted = true, Stay = Stay(turns.HandOut(next.Group)) });
        }
        return picks;
    }

    /// <summary>Counts the turns of what was picked by its group or number.</summary>
    private List<Pick> CountTurns(QueueRow queue, List<Pick> picks)
    {
        FairTurns turns;
        lock (_gate)
            turns = LanesOf(queue.Id).Turns;
        return picks.ConvertAll(p => p.IsCounted ? p : p with { IsCounted = true, Stay = Stay(turns.HandOut(p.Group)) });
    }

    private static DelayedStay? Stay((NoisyTenant Tenant, double Slot)? noisy) =>
        noisy is { } n ? new DelayedStay(RowReader.Time(n.Tenant.Since), IsDeferred: false, n.Tenant.Share, n.Slot) : null;

    private async Task<Dictionary<string, Lane>> LanesAsync(NpgsqlConnection connection, QueueRow queue, int max, CancellationToken cancellationToken)
    {
        var lanes = new Dictionary<string, Lane>(StringComparer.Ordinal);
        await using var statements = new Statements(connection, _sql).Add(GroupSql.Lanes, queue.Id, max + 1L, queue.ReceivesMax);
        await using var reader = await statements.ReadAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            lanes[reader.GetString(0)] = new Lane(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        return lanes;
    }

    /// <summary>Counts a message that is handed out, and says how it stood in the delayed lane. Under the gate.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="entry">The message.</param>
    /// <param name="hasStay">Its stay when it was picked fairly: then its turn is counted already.</param>
    private DelayedStay? NoteHandOut(QueueRow queue, Entry entry, DelayedStay? hasStay)
    {
        var lanes = queue.Policy.Fairness is not null ? LanesOf(queue.Id) : _lanes.GetValueOrDefault(queue.Id);
        if (lanes is null)
            return null;
        var isDeferred = lanes.Deferred.TryGetValue(entry.Group, out var deferred);
        if (queue.Policy.Fairness is null && !isDeferred)
            return null;
        var stay = hasStay;
        if (isDeferred)
            stay = new DelayedStay(RowReader.Time(deferred.Since), IsDeferred: true, stay?.Share ?? 0, stay?.Slot ?? 0);
        if (stay is not null && stay.Since.UtcTicks < entry.EnqueuedAt)
            stay = stay with { Since = RowReader.Time(entry.EnqueuedAt) };
        if (stay is null)
            lanes.PriorityReceives++;
        else
            lanes.DelayedReceives++;
        return stay;
    }

    private QueueLanes LanesOf(long queueId)
    {
        if (!_lanes.TryGetValue(queueId, out var lanes))
            _lanes.Add(queueId, lanes = new QueueLanes());
        return lanes;
    }
}
