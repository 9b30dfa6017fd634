using Posthorn.Bodies;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Work;

/// <summary>Who waits is woken (I13), in a store that is empty and on a disk that is well: by what is sent, what becomes due, and what a lease gives back.</summary>
public sealed partial class Workload
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);
    private static readonly TimeSpan Promptness = TimeSpan.FromSeconds(1);

    /// <summary>Waits for messages of some queues that are empty, and sends one to each.</summary>
    /// <exception cref="AuditException">Somebody was not woken.</exception>
    public async Task WaitForMessagesAsync(ulong seed)
    {
        var steps = 0;
        foreach (var queue in (string[])["plain", "slow", WorkQueues.Fifo, WorkQueues.Grouped])
        {
            var s = new StepContext(new Step(int.MaxValue - steps++, 0, 0, StepKind.Wait, 1), seed);
            var visibility = TimeSpan.FromSeconds(20);
            var sent = await WokenAsync(queue, visibility, DelayOf(queue), () => SendToAsync(s, queue));
            var leases = await WokenAsync(queue, visibility, visibility, () => Task.CompletedTask);
            var draft = new Draft();
            DraftRemove(draft, leases[0].Message, leases[0]);
            if (sent[0].Message != leases[0].Message || await CommitAsync(draft) is null)
                throw new AuditException("I13", $"What was sent to {queue} cannot be removed by who waited for it.");
        }
    }

    private TimeSpan DelayOf(string queue) => (model.Queue(queue).Policy ?? QueuePolicy.Default).Delay;

    private async Task SendToAsync(StepContext s, string queue)
    {
        var draft = new Draft();
        var tag = s.NextTag();
        var expected = new ExpectedMessage(tag, queue, new ExpectedContent(s.Random.NextUInt64(), 10)) { Recipient = "r1@example.test", Due = DueRule.After(DelayOf(queue)) };
        draft.Commit.Add(new NewMessage
        {
            Queue = Name(queue),
            Content = Body.Of(ExpectedContent.BytesOf(expected.Content.BodySeed, 0, expected.Content.BodyLength)),
            Envelope = new Envelope("sender@example.test", [new Recipient(expected.Recipient)]),
            Attributes = Attributes(tag, null),
        });
        draft.Effects.Add(new MessageEffect(draft.Last, model.Message(tag), null, expected));
        await CommitAsync(draft);
    }

    private async Task<IReadOnlyList<KnownLease>> WokenAsync(string queue, TimeSpan visibility, TimeSpan after, Func<Task> act)
    {
        var waiting = LeaseAsync(queue, new LeaseRequest { VisibilityTimeout = visibility, Wait = Patience });
        await act();
        var due = machine.Elapsed + after;
        var leases = await waiting;
        if (leases.Count != 1 || machine.Elapsed > due + Promptness)
            throw new AuditException("I13", $"Whoever waited for a message of {queue} was given {leases.Count} at {machine.Elapsed}; one was ready at {due}.");
        return leases;
    }
}
