using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>Reads all that an engine holds and has it compared with the model. The invariants, by the names under which findings are told:</summary>
/// <remarks>
/// <para>I1 what was acknowledged is there until it is removed, moved or too old. I2 what was removed never comes back. I3 what was never
/// answered happened whole or not at all; no byte is altered; nothing is in two places or happens twice. I4 one live lease a message, for
/// its whole time and no longer. I5 order: priority, then number; a lease never passes over what comes first; in a fair queue so within each tenant; in a FIFO queue nothing behind one that is leased, delayed or held. I6 receive counts grow by one a
/// lease; dead letters at exactly the maximum. I7 delays and retention follow the wall clock, leases do not. I8 recovery twice gives the same;
/// the journal's check agrees. I9 counts add up; limits are kept and refusals have a reason; no orphan is left and the disk is given back.
/// I11 numbers and ids only grow. I12 damage is told and reaches no reader. I13 everything due drains, who waits is woken, and an
/// engine that is let alone comes to rest. I14 an engine in doubt stops. I15 each commit gives what it changes a number above all that were seen before it, which stays over restarts; what was changed since somebody saw it he does not
/// change; lists, counts of flags and watches agree with what is there. I16 what lives is not written again and again (<see cref="WrittenBytes"/>).</para>
/// <para>I10 (every accepted recipient ends delivered, bounced or queued) needs peers and doors; what of it concerns the engine, one place
/// for each message and consume-and-produce whole or not at all, is in I3.</para>
/// </remarks>
public sealed class Auditor(Model model)
{
    private const int LooksMax = 5;

    /// <summary>Compares everything an engine holds with what it must hold.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="mustHaveActed">Whether what it does by itself must be done.</param>
    /// <param name="isAside">Whether it is a copy's: what that has done by itself since, the store itself may not have done.</param>
    public async Task AuditAsync(IEngine engine, bool mustHaveActed = false, bool isAside = false)
    {
        // The engine moves dead letters and removes what is old by itself: a look that met it doing so is repeated.
        for (var look = 1; ; look++)
        {
            try
            {
                var found = await CollectAsync(engine);
                model.Compare(found, mustHaveActed, isAside);
                return;
            }
            catch (MovingTargetException e)
            {
                if (look == LooksMax)
                    throw new AuditException(e.Invariant, e.Message);
            }
        }
    }

    /// <summary>Reads everything.</summary>
    /// <exception cref="MovingTargetException">Something changed between two reads, or does not fit together.</exception>
    public async Task<Findings> CollectAsync(IEngine engine)
    {
        var messages = new SortedDictionary<string, FoundMessage>(StringComparer.Ordinal);
        var consumed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var queue in engine.Queues())
        {
            long count = 0, bytes = 0;
            Message? last = null;
            var shown = new List<Message>();
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All))
            {
                count++;
                bytes += message.Content.Length;
                var isByPriority = !queue.Policy.IsFifo && last?.Priority != message.Priority;
                if (last is not null && (isByPriority ? last.Priority.Value < message.Priority.Value : last.Number >= message.Number))
                    throw new AuditException("I5", $"{queue.Name} shows number {last.Number} with priority {last.Priority} before {message.Number} with {message.Priority}.");
                last = message;
                shown.Add(message);
                var tag = message.Text("tag") ?? throw new AuditException("I3", $"{message.Id} has no tag: its attributes are not those that were sent.");
                if (!messages.TryAdd(tag, new FoundMessage(message, await ReadAsync(engine, message))))
                    throw new MovingTargetException("I3", $"{tag} is in two places: {messages[tag].Message.Queue} and {message.Queue}.");
            }
            await foreach (var message in engine.BrowseAsync(queue.Name, new MessageFilter { States = [MessageState.Consumed] }))
            {
                if (!consumed.Add(message.Text("tag")!) || messages.ContainsKey(message.Text("tag")!))
                    throw new MovingTargetException("I3", $"{message.Text("tag")} is consumed and in another place too.");
            }
            await CheckListAsync(engine, queue.Name, shown);
            var now = engine.Status(queue.Name);
            if (now is null || count != now.Messages || bytes != now.Bytes)
                throw new MovingTargetException("I9", $"{queue.Name} counts {now?.Messages} messages with {now?.Bytes} bytes and shows {count} with {bytes}.");
        }
        var queues = engine.Queues().ToDictionary(queue => queue.Name.Value);
        if (queues.Values.Sum(queue => queue.Messages) != messages.Count)
            throw new MovingTargetException("I9", $"The queues count {queues.Values.Sum(queue => queue.Messages)} messages and show {messages.Count}.");
        return new Findings(messages, queues, engine.Documents("").ToDictionary(d => d.Key, d => d.Value.ToArray()), consumed);
    }

    /// <summary>What is listed and counted is what was shown.</summary>
    private static async Task CheckListAsync(IEngine engine, QueueName queue, List<Message> shown)
    {
        const int step = 7;
        var listed = new List<MessageSummary>();
        for (var from = 0L; await engine.ListAsync(queue, from, step) is { Count: > 0 } part; from = part[^1].Number + 1)
            listed.AddRange(part);
        var expected = shown.OrderBy(m => m.Number).Select(m => (m.Number, m.Id, m.State, m.ModSeq, m.Content.Length, m.ReceiveCount, Flags(m.Flags))).ToList();
        var actual = listed.Select(m => (m.Number, m.Id, m.State, m.ModSeq, m.Length, m.ReceiveCount, Flags(m.Flags))).ToList();
        if (!expected.SequenceEqual(actual))
            throw new MovingTargetException("I15", $"{queue} lists {string.Join(", ", actual.Except(expected))} and shows {string.Join(", ", expected.Except(actual))}.");
        var counts = string.Join(' ', engine.FlagCounts(queue).Select(c => $"{c.Key}:{c.Value}").Order(StringComparer.Ordinal));
        var counted = string.Join(' ', shown.SelectMany(m => m.Flags).GroupBy(flag => flag, StringComparer.Ordinal).Select(g => $"{g.Key}:{g.Count()}").Order(StringComparer.Ordinal));
        if (counts != counted)
            throw new MovingTargetException("I15", $"{queue} counts the flags {counts} and shows {counted}.");
        if (shown.Count > 0 && shown.Max(m => m.ModSeq) is var highest && !(engine.Status(queue)?.HighestModSeq >= highest))
            throw new MovingTargetException("I15", $"{queue} says that it was changed last by {engine.Status(queue)?.HighestModSeq} and shows {highest}.");

        static string Flags(IEnumerable<string> flags) => string.Join(' ', flags.Order(StringComparer.Ordinal));
    }

    private static async Task<byte[]> ReadAsync(IEngine engine, Message message)
    {
        try
        {
            await using var content = await engine.OpenAsync(message.Content);
            var bytes = new byte[checked((int)message.Content.Length)];
            var count = await ContentReading.FillAsync(content, bytes);
            return count == bytes.Length ? bytes : throw new AuditException("I3", $"The body of {message.Text("tag")} ends after {count} of its {bytes.Length} bytes.");
        }
        catch (BodyLostException e) when (!e.IsDamaged)
        {
            throw new MovingTargetException("I1", $"The body of {message.Text("tag")} is gone: {e.Message}");
        }
    }
}
