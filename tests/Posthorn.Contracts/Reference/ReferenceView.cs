using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>A queue as somebody who watches it has seen it last.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Identity">Its identity; 0 when there was none.</param>
/// <param name="HighestModSeq">The commit that changed it last.</param>
/// <param name="Messages">Its messages by number.</param>
internal sealed record ReferenceView(QueueName Name, long Identity, long HighestModSeq, IReadOnlyDictionary<long, (long ModSeq, MessageState State)> Messages)
{
    public static ReferenceView Of(ReferenceState state, QueueName name, DateTimeOffset now) => state.Queues.GetValueOrDefault(name) is { } queue
        ? new ReferenceView(name, queue.Identity, queue.HighestModSeq, state.In(name).ToDictionary(e => e.Number, e => (e.ModSeq, e.State(now))))
        : new ReferenceView(name, 0, 0, new Dictionary<long, (long, MessageState)>());

    /// <summary>Tells what is another by now.</summary>
    /// <returns>How it is now.</returns>
    public ReferenceView TellChanges(QueueWatch watch, ReferenceView now)
    {
        var isAnother = now.Identity != Identity;
        if (isAnother && Identity != 0)
            watch.Tell(new QueueChange(0, QueueChangeKind.QueueRemoved, 0));
        var before = isAnother ? new Dictionary<long, (long, MessageState)>() : Messages;
        foreach (var gone in before.Keys.Except(now.Messages.Keys).Order())
            watch.Tell(new QueueChange(gone, QueueChangeKind.Removed, now.HighestModSeq));
        foreach (var (number, message) in now.Messages.OrderBy(m => m.Value.ModSeq).ThenBy(m => m.Key))
        {
            if (!before.TryGetValue(number, out var known))
                watch.Tell(new QueueChange(number, QueueChangeKind.Added, message.ModSeq));
            else if (known != message)
                watch.Tell(new QueueChange(number, QueueChangeKind.Changed, message.ModSeq));
        }
        return now;
    }
}
