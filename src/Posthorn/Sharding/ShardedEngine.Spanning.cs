using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding.Spanning;

namespace Posthorn.Sharding;

/// <summary>Commits that span shards.</summary>
public sealed partial class ShardedEngine
{
    private static readonly TimeSpan RoomInterval = TimeSpan.FromMilliseconds(200);

    /// <param name="commit">The commit.</param>
    /// <param name="takesRoom">Whether limits of queues in other shards stand in its way.</param>
    /// <param name="cancellationToken">Honoured until it is decided.</param>
    private async ValueTask<CommitResult> SpanAsync(Commit commit, bool takesRoom, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var plan = await _planner.PlanAsync(commit, cancellationToken);
            foreach (var (shard, _) in plan.Elsewhere.Values)
                await shard.ReachAsync(cancellationToken);
            if (takesRoom)
                await WaitForRoomAsync(plan, commit.RoomWait, cancellationToken);
            try
            {
                var decided = await DecideAsync(plan, commit, cancellationToken);
                return decided.IsRepeat ? await RepeatAsync(plan, commit, decided) : await DeliverAsync(plan, commit, decided);
            }
            catch (CommitConflictException e) when (tries < TriesMax && e.Conflicts.All(c => c.Reason == ConflictReason.MessageChanged && plan.Guarded.Contains(c.Operation)))
            {
                // A message that moves on changed after it was read: it is read again.
            }
        }
    }

    /// <summary>Commits what may fail, with all else as parcels in the outbox.</summary>
    private async ValueTask<CommitResult> DecideAsync(SpanningPlan plan, Commit commit, CancellationToken cancellationToken)
    {
        await using var bodies = new BodyHandover();
        var (decision, origins) = (Like(commit), new List<int>(plan.Decision.Count));
        foreach (var (operation, origin) in plan.Decision)
            await TranslateAsync(plan.Deciding, operation, origin, decision, origins, bodies, cancellationToken);
        // Others leave it alone until then: whoever decides it also makes it happen.
        var (record, dueAt) = (Guid.NewGuid().ToString("n"), _time.GetUtcNow() + Courier.Grace);
        foreach (var (shard, operations) in plan.Elsewhere.Values)
        {
            for (var i = 0; i < operations.Count; i++)
            {
                var parcel = new Parcel(operations[i], i, operations.Count).Pack($"{record}/{shard.Index}", dueAt);
                decision.Add(parcel with { Content = await bodies.ForAsync(parcel.Content, plan.Deciding, cancellationToken) });
            }
        }
        try
        {
            var decided = await plan.Deciding.AskAsync(e => e.CommitAsync(decision, cancellationToken));
            WatchLetters(plan.Deciding, decision);
            return decided;
        }
        catch (CommitConflictException e)
        {
            throw Translated(e, origins);
        }
    }

    private async ValueTask<CommitResult> DeliverAsync(SpanningPlan plan, Commit commit, CommitResult decided)
    {
        var consignments = plan.Consignments(decided) ?? throw new InvalidOperationException("The outbox has not what was put into it.");
        try
        {
            var results = await Task.WhenAll(consignments.Select(c => Delivery.DeliverAsync(c).AsTask()));
            foreach (var consignment in consignments)
            {
                NoteArrivals(consignment);
                await _courier.DoneAsync(consignment);
            }
            return plan.Result(commit, decided, [.. consignments.Zip(results)]);
        }
        catch (EngineUnavailableException e)
        {
            throw new EngineUnavailableException($"{e.Message} The commit is decided and on stable storage; what belongs there happens when it is back.", isOutcomeUnknown: true, e);
        }
    }

    /// <summary>
    /// What a commit did that was decided before, should its messages have been in another shard then: where they are now, its key is not known. Null when
    /// it was not, or when it can only have been decided where it is decided now.
    /// </summary>
    private async ValueTask<CommitResult?> RepeatedAsync(Commit commit, string key, CancellationToken cancellationToken)
    {
        if (commit.Operations.All(SpanningPlanner.IsCertain))
            return null;
        var known = await Task.WhenAll(_map.Links.Select(async link => (Link: link, Result: await link.AskAsync(e => e.FindCommitAsync(key, cancellationToken)))));
        return known.FirstOrDefault(k => k.Result is not null) is { Link: { } decided, Result: { } result } ? await RepeatAsync(_planner.PlanOf(commit, decided), commit, result) : null;
    }

    /// <summary>Answers a commit that was decided before as it was answered then; does what was left of it.</summary>
    private async ValueTask<CommitResult> RepeatAsync(SpanningPlan plan, Commit commit, CommitResult decided)
    {
        if (plan.Consignments(decided) is not { } consignments)
            return decided;
        var results = new List<(Consignment, CommitResult?)>();
        foreach (var consignment in consignments)
        {
            CommitResult? result = null;
            if (await plan.Deciding.AskAsync(e => e.FindAsync(consignment.Receipt, CancellationToken.None)) is { } parcel && parcel.Queue == BetweenQueues.Outbox)
                result = await _courier.TakeUpAsync(plan.Deciding, parcel, CancellationToken.None);
            // It happened after the decision, so its key is known for longer than the decision's.
            if (result is null && await consignment.To.AskAsync(e => e.FindCommitAsync(consignment.Key)) is { } repeated)
                result = repeated with { Added = [.. repeated.Added.SkipLast(1)] };
            results.Add((consignment, result));
        }
        return plan.Result(commit, decided, results);
    }

    private void NoteArrivals(Consignment consignment)
    {
        foreach (var operation in consignment.Operations)
        {
            if (operation is CommitOperation.Add { Message.Arrival: { } arrival })
                _map.Seen(arrival.Id, consignment.To);
            else if (operation is CommitOperation.SetQueue { Policy.DeadLetterQueue: { } letters } && BetweenQueues.Has(letters))
                _courier.Watch(consignment.To, letters);
        }
    }

    /// <summary>Waits until there is room for what goes to other shards, where queues have limits.</summary>
    /// <exception cref="QueueFullException">There is none.</exception>
    private async ValueTask WaitForRoomAsync(SpanningPlan plan, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (RefusalOf(plan) is { } refusal)
        {
            var isOver = wait != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(started) >= wait;
            if (refusal.IsMessageTooLarge || isOver)
                throw refusal;
            await Task.Delay(RoomInterval, _time, cancellationToken);
        }
    }

    private static QueueFullException? RefusalOf(SpanningPlan plan)
    {
        foreach (var (shard, operations) in plan.Elsewhere.Values)
        {
            foreach (var coming in operations.OfType<CommitOperation.Add>().GroupBy(a => a.Message.Queue, a => a.Message.Content.Length))
            {
                if (shard.Look(e => e.Status(coming.Key)) is { } queue && RefusalOf(queue, coming.Count(), coming.Sum(), coming.Max()) is { } refusal)
                    return refusal;
            }
        }
        return null;
    }

    private static QueueFullException? RefusalOf(QueueStatus queue, int count, long bytes, long largest)
    {
        var policy = queue.Policy;
        if (largest > policy.MessageBytesMax)
            return new QueueFullException(queue.Name, isMessageTooLarge: true, $"The queue '{queue.Name}' takes messages of up to {policy.MessageBytesMax} bytes; this one has {largest}.");
        return queue.Messages + count > policy.MessagesMax || queue.Bytes + bytes > policy.BytesMax
            ? new QueueFullException(queue.Name, isMessageTooLarge: false, $"The queue '{queue.Name}' is full.")
            : null;
    }
}
