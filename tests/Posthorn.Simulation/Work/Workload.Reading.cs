using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>What only looks.</summary>
public sealed partial class Workload
{
    /// <summary>Browses with a filter while others work: nothing twice, nothing else, and all that stood still.</summary>
    public async Task BrowseAsync(StepContext s)
    {
        var queue = s.Random.Pick(WorkQueues.Sources);
        var filter = FilterOf(s);
        var before = model.Live.Where(m => m.IsIdle && m.State!.Queue == queue).ToList();
        var at = model.At;
        var seen = new HashSet<MessageId>();
        await foreach (var message in engine.BrowseAsync(Name(queue), filter))
        {
            ThrowIfOver();
            if (!seen.Add(message.Id))
                throw new AuditException("I3", $"Browsing {queue} showed {message.Text("tag")} twice.");
            if (!filter.Selects(message) || message.Queue.Value != queue)
                throw new AuditException("I3", $"Browsing {queue} showed {message.Text("tag")} of {message.Queue}, which {filter} does not select.");
            if (s.Random.Chance(1, 3))
                await Task.Yield();
        }
        ThrowIfOver();
        foreach (var known in before.Where(m => m.IsIdle && m.TouchedAt <= at && !model.MayBeDeadLettered(m) && !model.MayHaveExpired(m)))
        {
            if (IsCertainlySelected(filter, known.State!) && !seen.Contains(known.Id))
                throw new AuditException("I1", $"Browsing {queue} with {filter} did not show {known.Tag}.{known.History}");
        }
    }

    public async Task FindAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var at = model.At;
        var message = await engine.FindAsync(known.Id);
        ThrowIfOver();
        if (!known.IsIdle || known.TouchedAt > at || model.MayHaveExpired(known))
            return;
        if (message is null)
            throw new AuditException("I1", $"{known.Tag} cannot be found.{known.History}");
        if (known.State!.DifferenceTo(new FoundMessage(message, null)) is { } difference)
            throw new AuditException("I3", $"{known.Tag} was found and is not what it should be: {difference}.{known.History}");
    }

    /// <summary>Reads pieces of a body from any offset.</summary>
    public async Task ReadBodyAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var (at, expected) = (model.At, known.State!.Content);
        var message = await engine.FindAsync(known.Id);
        ThrowIfOver();
        if (message is null || !known.IsIdle || known.TouchedAt > at)
            return;
        try
        {
            await using var content = await engine.OpenAsync(message.Content);
            for (var i = s.UpTo(4); i > 0; i--)
            {
                var offset = s.Random.Between(0, expected.Length);
                content.Position = offset;
                var buffer = new byte[s.UpTo(2_000)];
                var count = await ContentReading.FillAsync(content, buffer);
                if (count != Math.Min(buffer.Length, expected.Length - offset) || !expected.IsAt(offset, buffer.AsSpan(0, count)))
                    throw new AuditException("I3", $"The content of {known.Tag} has other bytes than were sent, from {offset} on.{known.History}");
            }
        }
        catch (BodyLostException e) when (!e.IsDamaged)
        {
            ThrowIfOver();
            if (known.IsIdle && known.TouchedAt <= at && !model.MayHaveExpired(known))
                throw new AuditException("I1", $"The body of {known.Tag} is gone: {e.Message}{known.History}");
        }
    }

    private static MessageFilter FilterOf(StepContext s) => s.Random.Below(7) switch
    {
        0 => new MessageFilter { Recipient = "r1@example.test" },
        1 => new MessageFilter { PriorityMin = Priority.Of(5) },
        2 => new MessageFilter { Group = "g1" },
        3 => new MessageFilter { Attribute = new("note", "moved") },
        4 => new MessageFilter { States = [MessageState.Delayed, MessageState.Held] },
        5 => new MessageFilter { LastErrorContains = "AGAIN", PriorityMax = Priority.Of(6) },
        _ => MessageFilter.All,
    };

    // By what does not change with time.
    private static bool IsCertainlySelected(MessageFilter filter, ExpectedMessage state) =>
        filter.States is null
        && (filter.Recipient is null || filter.Recipient == state.Recipient)
        && (filter.PriorityMin is null || state.Priority >= filter.PriorityMin.Value.Value)
        && (filter.PriorityMax is null || state.Priority <= filter.PriorityMax.Value.Value)
        && (filter.Group is null || filter.Group == state.Group)
        && (filter.Attribute is null || filter.Attribute.Value.Value == state.Note)
        && (filter.LastErrorContains is null || state.LastError?.Contains(filter.LastErrorContains, StringComparison.OrdinalIgnoreCase) == true);
}
