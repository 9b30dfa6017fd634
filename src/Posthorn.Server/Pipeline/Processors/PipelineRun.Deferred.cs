using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>
/// Messages for a full queue. They wait in <see cref="SpoolQueues.Deferred"/> in the form in which that queue gets them, so nothing of the pipeline is done again;
/// the mail's other messages do not wait for them.
/// </content>
internal sealed partial class PipelineRun
{
    private int _deferrals; // how often this message found its queue full before
    private bool _isCopy; // whether it is a copy that waits

    /// <summary>Takes what is for a queue that refuses it out of the result, to wait, or to be bounced when it is too large to ever get in.</summary>
    public ValueTask<MailResult> DeferAsync(string queue, bool isTooLarge, RunLimits limits) => SettleAsync(
        () =>
        {
            foreach (var output in _outputs.Where(o => o.Message.Queue.Value == queue).ToArray())
            {
                _outputs.Remove(output);
                var state = StateOf(output.Message);
                if (isTooLarge)
                    Refuse(state, output.Message.Queue, output.GoesOn, new SmtpReply(552, new EnhancedStatusCode(5, 2, 3), "message is larger than the mailbox takes"));
                else
                    WaitFor(queue, state, output.GoesOn);
            }

            _outputs.RemoveAll(o => o.Reports?.Value == queue);

            return ValueTask.CompletedTask;
        },
        limits);

    /// <summary>Tries a message of <see cref="SpoolQueues.Deferred"/> again.</summary>
    public ValueTask<MailResult> RunDeferredAsync(RunLimits limits) => SettleAsync(
        () =>
        {
            var all = MailState.Of(Input);
            if (!QueueName.TryParse(all.Text(MailAttributes.DeferredQueue), out var queue, out var reason))
                HoldAsError(all, reason);
            else if (Obey(all) is { } state)
                TryAgain(state, queue);
            return ValueTask.CompletedTask;
        },
        limits);

    /// <summary>Leaves the mail as it came until there is space; no try is counted.</summary>
    public MailResult WaitForSpace()
    {
        _outputs.Clear();
        _bounces?.Clear();
        _events.Clear();
        var wait = Services.Settings.FullDiskDelay;
        Add(
            Compose(MailState.Of(Input), Input.Queue) with { DueAt = Services.Time.GetUtcNow() + wait, LastError = "452 4.3.1 no space" },
            goesOn: true,
            TimelineKind.Deferred,
            $"no space; tried again in {Readable.Of(wait)}");
        return Result();
    }

    private void TryAgain(MailState state, QueueName queue)
    {
        _isCopy = state.Attributes.ContainsKey(MailAttributes.DeferredCopy);
        if (Now - Input.AcceptedAt > Services.Settings.GiveUpAfter)
        {
            Refuse(state, queue, goesOn: true, new SmtpReply(552, new EnhancedStatusCode(5, 2, 2), "mailbox full"));
            return;
        }

        _deferrals = AttemptsOf(state);
        Put(state, queue);
    }

    private void WaitFor(string queue, MailState state, bool goesOn)
    {
        var waits = Services.Settings.FullQueueRetries;
        var now = Services.Time.GetUtcNow();
        var due = now + waits[Math.Min(_deferrals, waits.Count - 1)];
        var end = Input.AcceptedAt + Services.Settings.GiveUpAfter + TimeSpan.FromSeconds(1);
        if (due > end)
            due = end > now ? end : now;
        state = state.WithAttribute(MailAttributes.DeferredQueue, queue).WithAttribute(MailAttributes.Attempts, $"{_deferrals + 1}");
        if (!goesOn || _isCopy)
            state = state.WithAttribute(MailAttributes.DeferredCopy, "1");
        var error = $"452 4.2.2 the queue '{queue}' is full";
        Add(Compose(state, SpoolQueues.Deferred) with { DueAt = due, LastError = error }, goesOn, TimelineKind.Deferred, error);
    }

    /// <summary>It will never get in: its sender is told, unless it is a copy, of which the sender knows nothing; either way it is kept.</summary>
    private void Refuse(MailState state, QueueName queue, bool goesOn, SmtpReply reply)
    {
        if (goesOn && !_isCopy)
            GiveUp(state, reply, queue);
        else
            Bury(state, reply, queue, goesOn);
    }

    private static MailState StateOf(NewMessage message) => new()
    {
        Envelope = message.Envelope,
        Attributes = message.Attributes,
        Priority = message.Priority,
        Content = message.Content,
    };
}
