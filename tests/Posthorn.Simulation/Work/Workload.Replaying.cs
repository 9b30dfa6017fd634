using Posthorn.Messages;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>What comes back on purpose, and what is ended for good.</summary>
public sealed partial class Workload
{
    /// <summary>Replays some of what a queue has kept, to where it was or elsewhere.</summary>
    public async Task ReplayAsync(StepContext s)
    {
        var draft = new Draft();
        await foreach (var message in engine.BrowseAsync(Name(WorkQueues.Kept), Consumed))
        {
            ThrowIfOver();
            if (model.MessageOf(message) is not { UnderWay: 0, IsLive: false, Consumed: not null } known || known.Id != message.Id || !s.Random.Chance(1, 2))
                continue;
            var to = s.Random.Chance(2, 3) ? null : s.Random.Pick(["plain", WorkQueues.Fifo, WorkQueues.Narrow]);
            draft.Commit.Replay(known.Id, to is null ? null : Name(to));
            draft.Effects.Add(new MessageEffect(draft.Last, known, null, known.Consumed with { Queue = to ?? WorkQueues.Kept, Due = DueRule.AtOnce }) { Replays = true, Moves = true });
        }
        var isStillRight = draft.Effects.OfType<MessageEffect>().All(e => e.Known is { UnderWay: 0, IsLive: false, Consumed: not null });
        if (draft.Effects.Count == 0 || !isStillRight)
            return;
        foreach (var effect in draft.Effects.OfType<MessageEffect>())
            effect.Known.BeginAnew();
        await CommitAsync(draft);
    }

    /// <summary>Ends messages of the queue that keeps them, for good: waiting ones, and ones that it has kept.</summary>
    public async Task DiscardAsync(StepContext s)
    {
        var draft = new Draft();
        var isOfConsumed = s.Random.Chance(1, 2);
        await foreach (var message in engine.BrowseAsync(Name(WorkQueues.Kept), isOfConsumed ? Consumed : MessageFilter.All))
        {
            ThrowIfOver();
            if (model.MessageOf(message) is not { UnderWay: 0 } known || known.Id != message.Id || !s.Random.Chance(1, 3))
                continue;
            if (isOfConsumed ? known is not { IsLive: false, Consumed: not null } : !IsFree(known))
                continue;
            draft.Commit.Discard(known.Id);
            draft.Effects.Add(new MessageEffect(draft.Last, known, known.State, null) { EndsLease = true, Discards = isOfConsumed });
        }
        var isStillRight = draft.Effects.OfType<MessageEffect>().All(e => e.Known.UnderWay == 0 && (isOfConsumed ? e.Known is { IsLive: false, Consumed: not null } : IsFree(e.Known) && e.Known.State == e.Before));
        if (draft.Effects.Count > 0 && isStillRight)
            await CommitAsync(draft);
    }

    private static MessageFilter Consumed { get; } = new() { States = [MessageState.Consumed] };
}
