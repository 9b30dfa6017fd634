using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>An administrator's hand: messages by id, queues, documents.</summary>
public sealed partial class Workload
{
    public async Task MoveAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var draft = new Draft();
        DraftMove(draft, s, known, null);
        await CommitAsync(draft);
    }

    public Task ReprioritiseAsync(StepContext s)
    {
        var priority = s.Random.Below(10);
        return ChangeAsync(s, new MessageChanges { Priority = Priority.Of(priority) }, state => state with { Priority = priority });
    }

    public Task RescheduleAsync(StepContext s)
    {
        var due = model.Wall + TimeSpan.FromSeconds(s.Random.Between(-5, s.Size * 4));
        return ChangeAsync(s, new MessageChanges { DueAt = due }, state => state with { Due = DueRule.When(due) });
    }

    public Task HoldAsync(StepContext s)
    {
        var isHeld = s.Random.Chance(1, 2);
        return ChangeAsync(s, new MessageChanges { IsHeld = isHeld }, state => state with { IsHeld = isHeld });
    }

    public Task AnnotateAsync(StepContext s)
    {
        var note = s.Random.Chance(1, 3) ? null : $"n{s.Random.Below(100)}";
        var flags = s.Random.Chance(1, 2) ? "flagged" : "";
        var error = s.Random.Chance(1, 2) ? "451 no" : "";
        return ChangeAsync(
            s,
            new MessageChanges { Attributes = Note(note), Flags = flags.Length == 0 ? [] : [flags], LastError = error },
            state => state with { Note = note, Flags = flags, LastError = error.Length == 0 ? null : error });
    }

    public Task ReaddressAsync(StepContext s)
    {
        var (recipient, group) = ($"other{s.Random.Below(5)}@example.test", s.Random.Pick(["g1", "g3", ""]));
        return ChangeAsync(
            s,
            new MessageChanges { Envelope = new Envelope("other@example.test", [new Recipient(recipient)]), Group = group },
            state => state with { Recipient = recipient, Group = group.Length == 0 ? null : group });
    }

    public async Task ReplaceContentAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var draft = new Draft();
        var state = known.State!;
        ExpectedContent expected;
        Content given;
        if (s.Random.Chance(1, 2))
        {
            expected = new ExpectedContent(s.Random.NextUInt64(), s.UpTo(3_000));
            given = await BodyAsync(draft, expected.BodySeed, expected.BodyLength, isStreamed: s.Random.Chance(1, 2));
        }
        else
        {
            // The same body with other bytes in front, as an edited header is.
            var message = await engine.FindAsync(known.Id);
            ThrowIfOver();
            if (message is null)
                return;
            (expected, given) = Varied(s, message.Content, state.Content);
        }
        if (!IsFree(known) || known.State!.Content != state.Content)
            return;
        draft.Commit.Change(known.Id, new MessageChanges { Content = given });
        draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, known.State with { Content = expected }));
        await CommitAsync(draft);
    }

    public async Task RemoveAsync(StepContext s)
    {
        var draft = new Draft();
        for (var i = s.UpTo(3); i > 0; i--)
        {
            if (PickMessage(s) is { } known && !draft.Effects.OfType<MessageEffect>().Any(e => e.Known == known))
                DraftRemove(draft, known, null);
        }
        if (draft.Effects.Count > 0)
            await CommitAsync(draft);
    }

    /// <summary>Removes a message whoever is busy with it: one of both is told that it cannot be.</summary>
    public async Task RemoveRudelyAsync(StepContext s)
    {
        var candidates = model.Live.Where(m => m.Id != MessageId.None && !model.Queue(m.State!.Queue).IsBeingRemoved).ToList();
        if (candidates.Count == 0)
            return;
        var draft = new Draft();
        DraftRemove(draft, s.Random.Pick(candidates), null);
        await CommitAsync(draft);
    }

    /// <summary>All of a queue, as it is found.</summary>
    public async Task PurgeAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        var draft = new Draft();
        await foreach (var message in engine.BrowseAsync(Name(queue), MessageFilter.All))
        {
            ThrowIfOver();
            if (model.MessageOf(message) is { } known && known.Id == message.Id && IsFree(known) && !draft.Effects.OfType<MessageEffect>().Any(e => e.Known == known))
                DraftRemove(draft, known, null);
        }
        draft.Effects.RemoveAll(e => e is MessageEffect { Known: var known } && !IsFree(known));
        if (draft.Effects.Count == draft.Commit.Operations.Count && draft.Effects.Count > 0)
            await CommitAsync(draft);
    }

    /// <summary>Makes all that is delayed due.</summary>
    public async Task FlushAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        var draft = new Draft();
        await foreach (var message in engine.BrowseAsync(Name(queue), new MessageFilter { States = [MessageState.Delayed] }))
        {
            ThrowIfOver();
            if (model.MessageOf(message) is not { } known || known.Id != message.Id || !IsFree(known) || draft.Effects.OfType<MessageEffect>().Any(e => e.Known == known))
                continue;
            var now = model.Wall;
            draft.Commit.Change(known.Id, new MessageChanges { DueAt = now });
            draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, known.State! with { Due = DueRule.When(now) }));
        }
        var isStillRight = draft.Effects.OfType<MessageEffect>().All(e => IsFree(e.Known) && e.Known.State == e.Before);
        if (draft.Effects.Count > 0 && isStillRight)
            await CommitAsync(draft);
    }

    /// <summary>Puts dead letters back where they came from.</summary>
    public async Task RedriveAsync(StepContext s)
    {
        var draft = new Draft();
        foreach (var known in model.Live.Where(m => IsFree(m) && m.State is { Queue: WorkQueues.DeadLetters, DeadLetterSource: not null }).Take(s.UpTo(5)))
        {
            var state = known.State!;
            draft.Commit.Move(known.Id, Name(state.DeadLetterSource!), new MessageChanges { ReceiveCount = 0, Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MessageAttributes.DeadLetterSource] = null } });
            draft.Effects.Add(new MessageEffect(draft.Last, known, state, state with { Queue = state.DeadLetterSource!, DeadLetterSource = null, Due = DueRule.AtOnce }) { EndsLease = true, Moves = true });
        }
        if (draft.Effects.Count > 0)
            await CommitAsync(draft);
    }

    public Task PauseAsync(StepContext s) => ReplacePolicyAsync(s.Random.Pick(WorkQueues.Sources), policy => policy with { IsPaused = s.Random.Chance(1, 3) });

    public Task ChangePolicyAsync(StepContext s) => s.Random.Chance(1, 3)
        ? ReplacePolicyAsync(WorkQueues.Narrow, policy => policy with { LeasesMax = s.Random.Between(1, 4) })
        : s.Random.Chance(1, 2)
        ? ReplacePolicyAsync(WorkQueues.Limited, policy => policy with { MessagesMax = s.Random.Between(2, 10), BytesMax = s.Random.Between(3_000, 12_000) })
        : ReplacePolicyAsync(s.Random.Pick(WorkQueues.Sources), policy => policy with { VisibilityTimeout = TimeSpan.FromSeconds(s.UpTo(100)) });

    /// <summary>Removes a queue with all that is in it; half of the time makes it again in the same commit.</summary>
    public async Task RecreateQueueAsync(StepContext s)
    {
        var queue = model.Queue(WorkQueues.Recreated);
        var isTouched = model.IsAnythingUnderWayIn(WorkQueues.Recreated);
        if (queue.Policy is null || queue.UnderWay > 0 || isTouched)
            return;
        var draft = new Draft();
        var isMadeAgain = s.Random.Chance(1, 2);
        draft.Commit.DeleteQueue(Name(WorkQueues.Recreated));
        foreach (var known in model.Live.Where(m => m.State!.Queue == WorkQueues.Recreated))
            draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, null) { EndsLease = true });
        draft.Effects.Add(new QueueEffect(draft.Last, queue, queue.Policy, isMadeAgain ? QueuePolicy.Default : null));
        if (isMadeAgain)
            draft.Commit.SetQueue(Name(WorkQueues.Recreated), QueuePolicy.Default);
        queue.IsRecreated = true;
        await CommitAsync(draft);
    }

    public async Task WriteDocumentAsync(StepContext s)
    {
        var draft = new Draft();
        DraftDocument(draft, s);
        if (draft.Effects.Count > 0)
            await CommitAsync(draft);
    }

    /// <summary>A bit of everything in one commit.</summary>
    public async Task MixedCommitAsync(StepContext s)
    {
        var draft = new Draft();
        await DraftAddAsync(draft, s, s.UpTo(500));
        DraftDocument(draft, s);
        if (PickMessage(s) is { } removed)
            DraftRemove(draft, removed, null);
        if (PickMessage(s) is { } moved && !draft.Effects.OfType<MessageEffect>().Any(e => e.Known == moved))
            DraftMove(draft, s, moved, null);
        await CommitAsync(draft);
    }

    private void DraftDocument(Draft draft, StepContext s)
    {
        var key = $"documents/{s.Random.Below(8)}";
        if (model.IsDocumentUnderWay(key))
            return; // which of two comes last nobody can say
        var value = s.Random.Chance(1, 4) ? null : ExpectedContent.BytesOf(s.Random.NextUInt64(), 0, s.UpTo(300));
        draft.Commit.SetDocument(key, value is null ? null : (ReadOnlyMemory<byte>?)value);
        draft.Effects.Add(new DocumentEffect(draft.Last, key, model.Documents.GetValueOrDefault(key), value));
    }

    private async Task ReplacePolicyAsync(string name, Func<QueuePolicy, QueuePolicy> change)
    {
        var queue = model.Queue(name);
        if (queue.Policy is not { } before || queue.UnderWay > 0)
            return;
        var draft = new Draft();
        var after = change(before);
        draft.Commit.SetQueue(Name(name), after);
        draft.Effects.Add(new QueueEffect(draft.Last, queue, before, after));
        await CommitAsync(draft);
    }

    private async Task ChangeAsync(StepContext s, MessageChanges changes, Func<ExpectedMessage, ExpectedMessage> change)
    {
        if (PickMessage(s) is not { } known)
            return;
        var draft = new Draft();
        draft.Commit.Change(known.Id, changes);
        draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, change(known.State!)));
        await CommitAsync(draft);
    }

    /// <summary>A message that nobody is busy with and of which the engine does nothing by itself just now.</summary>
    private KnownMessage? PickMessage(StepContext s)
    {
        var candidates = model.Live.Where(m => m.Id != MessageId.None && IsFree(m) && !model.MayBeDeadLettered(m)).ToList();
        return candidates.Count == 0 ? null : s.Random.Pick(candidates);
    }

    private bool IsFree(KnownMessage known) => known.IsIdle && !model.Queue(known.State!.Queue).IsBeingRemoved;

    private string PickTarget(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Targets);
        return model.Queue(queue).IsBeingRemoved ? "plain" : queue;
    }

    private static Dictionary<string, AttributeValue?> Note(string? note) => new(StringComparer.Ordinal) { ["note"] = note is null ? null : (AttributeValue?)AttributeValue.Of(note) };
}
