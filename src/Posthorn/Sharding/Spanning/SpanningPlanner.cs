using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding.Spanning;

/// <summary>Plans commits that span shards.</summary>
/// <remarks>
/// Whatever may stand in the way (a message that is gone or leased by another, a queue that is not empty) must lie in one shard. The rest cannot fail:
/// messages that are added, documents, queues that are made or removed. A message that moves to another shard is read, ended where it is, provided that
/// it has not changed since, and added there under its id.
/// </remarks>
/// <param name="map">Where queues and messages are.</param>
/// <param name="time">The clock.</param>
internal sealed class SpanningPlanner(ShardMap map, TimeProvider time)
{
    /// <summary>So many messages that leave a shard are read at once: each takes a connection.</summary>
    private const int ReadAtOnce = 8;

    /// <exception cref="SpanningCommitException">What may stand in the way lies in several shards.</exception>
    public async ValueTask<SpanningPlan> PlanAsync(Commit commit, CancellationToken cancellationToken)
    {
        var plan = new SpanningPlan(DecidingOf(commit));
        Plan(plan, commit, await JourneysAsync(commit, plan.Deciding, cancellationToken), map.ShardOf);
        return plan;
    }

    /// <summary>The plan that a commit had which a shard has decided before: its messages were there, wherever they are now.</summary>
    public SpanningPlan PlanOf(Commit commit, ShardLink decided)
    {
        var plan = new SpanningPlan(decided);
        var journeys = new Dictionary<MessageId, Journey>();
        foreach (var operation in commit.Operations)
        {
            if (ShardMap.TargetOf(operation) is { } target && map.ShardOf(target) != decided && ShardMap.MessageOf(operation) is { } id)
                journeys.TryAdd(id, new Journey(Stub(id, operation is CommitOperation.Replay)));
        }
        Follow(commit, journeys);
        Plan(plan, commit, journeys, operation => ShardMap.MessageOf(operation) is null ? map.ShardOf(operation) : decided);
        return plan;
    }

    private static Message Stub(MessageId id, bool isConsumed) => new()
    {
        Id = id, Origin = id, Queue = BetweenQueues.Outbox, Number = 0, State = isConsumed ? MessageState.Consumed : MessageState.Ready, Priority = default,
        AcceptedAt = default, EnqueuedAt = default, DueAt = default, ReceiveCount = 0, Envelope = Envelope.None,
        Attributes = new Dictionary<string, AttributeValue>(), Flags = [], Content = Body.Empty,
    };

    private void Plan(SpanningPlan plan, Commit commit, Dictionary<MessageId, Journey> journeys, Func<CommitOperation, ShardLink> shardOf)
    {
        for (var i = 0; i < commit.Operations.Count; i++)
        {
            var operation = commit.Operations[i];
            if (ShardMap.MessageOf(operation) is { } id && journeys.TryGetValue(id, out var journey))
                Plan(plan, journey, operation, i);
            else if (ShardMap.TargetOf(operation) is { } target && map.ShardOf(target) != plan.Deciding)
                StandInTheWay(plan, operation, i);
            else if (shardOf(operation) is var shard && shard == plan.Deciding)
                plan.Here(operation, i);
            else
                PlanElsewhere(plan, shard, operation);
        }
    }

    /// <summary>A message that was not found, and is to go elsewhere: the deciding shard refuses it, also when it is back by then.</summary>
    private static void StandInTheWay(SpanningPlan plan, CommitOperation operation, int at)
    {
        var reference = operation is CommitOperation.Change change ? change.Message : MessageReference.Of(ShardMap.MessageOf(operation)!.Value);
        plan.Guarded.Add(at);
        plan.Here(new CommitOperation.Remove(reference.IfUnchangedSince(0)) { IsFinal = true }, at);
    }

    private void PlanElsewhere(SpanningPlan plan, ShardLink shard, CommitOperation operation)
    {
        var kept = ForElsewhere(operation);
        plan.There(shard, kept);
        if (kept is CommitOperation.SetQueue { Policy.DeadLetterQueue: { } letters } && BetweenQueues.Has(letters))
            plan.There(shard, new CommitOperation.SetQueue(letters, QueuePolicy.Default) { IsOnlyWhenMissing = true });
    }

    private ShardLink DecidingOf(Commit commit)
    {
        ShardLink? deciding = null;
        foreach (var operation in commit.Operations.Where(MayFail))
        {
            var shard = map.ShardOf(operation);
            if (deciding is not null && deciding != shard)
            {
                throw new SpanningCommitException(
                    $"The commit changes, moves or removes messages in the shards '{deciding.Name}' and '{shard.Name}'; nothing happened. Those of one shard go into one commit.");
            }
            deciding = shard;
        }
        return deciding ?? (commit.Operations.Any(o => map.ShardOf(o).IsHome) ? map.Home : map.ShardOf(commit.Operations[0]));
    }

    /// <summary>Whether an operation cannot fail, whatever there is.</summary>
    public static bool IsCertain(CommitOperation operation) => operation is
        CommitOperation.Add or CommitOperation.SetDocument or CommitOperation.SetQueue { IsOnlyWhenMissing: true } or CommitOperation.DeleteQueue { IsOnlyWhenEmpty: false };

    private bool MayFail(CommitOperation operation) => operation switch
    {
        _ when IsCertain(operation) => false,
        CommitOperation.SetQueue set => map.ShardOf(set.Name).Look(e => e.Status(set.Name)) is { Messages: > 0 } queue && queue.Policy.IsFifo != set.Policy.IsFifo,
        _ => true,
    };

    private async ValueTask<Dictionary<MessageId, Journey>> JourneysAsync(Commit commit, ShardLink deciding, CancellationToken cancellationToken)
    {
        var journeys = new Dictionary<MessageId, Journey>();
        var leaving = commit.Operations.Where(o => ShardMap.TargetOf(o) is { } target && map.ShardOf(target) != deciding).Select(o => ShardMap.MessageOf(o)!.Value).Distinct();
        foreach (var some in leaving.Chunk(ReadAtOnce))
        {
            foreach (var found in await Task.WhenAll(some.Select(id => deciding.AskAsync(e => e.FindAsync(id, cancellationToken)).AsTask())))
            {
                // One that is not there stands in the way, as one that has changed: the deciding shard says so.
                if (found is { } message && message.Queue != BetweenQueues.Outbox && message.Queue != BetweenQueues.Receipts)
                    journeys.Add(message.Id, new Journey(map.Shown(deciding, message)));
            }
        }
        Follow(commit, journeys);
        return journeys;
    }

    private void Follow(Commit commit, Dictionary<MessageId, Journey> journeys)
    {
        var now = time.GetUtcNow();
        for (var i = 0; i < commit.Operations.Count; i++)
        {
            if (ShardMap.MessageOf(commit.Operations[i]) is { } id && journeys.TryGetValue(id, out var journey))
                journey.Follow(commit.Operations[i], i, now);
        }
    }

    private void Plan(SpanningPlan plan, Journey journey, CommitOperation operation, int at)
    {
        var isLast = journey.Operations[^1] == at;
        var goesOn = !journey.IsRemoved && map.ShardOf(journey.Queue) != plan.Deciding;
        if (operation is CommitOperation.Replay && (!isLast || journey.Operations.Count > 1))
            throw new SpanningCommitException($"The commit replays the message {journey.Before.Id} into another shard and does more with it; nothing happened. Do it in two commits.");
        if (journey.IsRemoved)
            plan.Ended.Add(journey.Before.Id);
        if (isLast && goesOn)
        {
            plan.Here(Ending(plan, journey, operation, at), at);
            plan.There(map.ShardOf(journey.Queue), new CommitOperation.Add(journey.Arriving));
        }
        else if (isLast || operation is not CommitOperation.Change change)
            plan.Here(operation, at);
        else
            plan.Here(change with { Changes = goesOn ? MessageChanges.None : change.Changes, MoveTo = null, Delay = null, EndsLease = false }, at);
    }

    /// <summary>Ends a message that goes on elsewhere, as it was read; or stands in the way as the operation would.</summary>
    private static CommitOperation Ending(SpanningPlan plan, Journey journey, CommitOperation operation, int at)
    {
        var reference = operation is CommitOperation.Change change ? change.Message : MessageReference.Of(journey.Before.Id);
        var isConsumed = journey.Before.State == MessageState.Consumed;
        if (isConsumed != operation is CommitOperation.Replay)
            return operation is CommitOperation.Replay replay ? replay with { To = null } : new CommitOperation.Change(reference, MessageChanges.None);
        if (reference.UnchangedSince is null || reference.UnchangedSince >= journey.Before.ModSeq)
        {
            plan.Guarded.Add(at);
            reference = reference.IfUnchangedSince(journey.Before.ModSeq);
        }
        return new CommitOperation.Remove(reference) { IsFinal = true };
    }

    /// <summary>Checks what no engine looks at before it was decided.</summary>
    private CommitOperation ForElsewhere(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message: var message }:
                CommitLimits.Check(message);
                Check(message.Queue.Value);
                Check(message.Group);
                Check(message.DeduplicationId);
                return operation;
            case CommitOperation.SetQueue set:
                CommitLimits.Check(set.Name, set.Policy);
                Check(set.Name.Value);
                return set with { Policy = map.Kept(set.Name, set.Policy) };
            case CommitOperation.DeleteQueue delete:
                CommitLimits.Check(delete.Name);
                return operation;
            case CommitOperation.SetDocument document:
                CommitLimits.Check(document);
                Check(document.Key);
                return operation;
            default:
                throw new InvalidOperationException($"{operation.GetType().Name} may fail: it is done where it is decided.");
        }
    }

    /// <summary>What a database cannot hold must be told now: once decided, it could neither be done nor undone.</summary>
    private static void Check(string? text)
    {
        if (text is not null && !CommitLimits.IsStorable(text))
            throw new ArgumentException("A name, group, key or id has a NUL or half a surrogate pair, which cannot go to another shard.");
    }
}
