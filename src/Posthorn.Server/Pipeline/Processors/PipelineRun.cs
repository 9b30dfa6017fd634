using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>
/// One mail's way through the pipeline, in memory: branch after branch, each to its end. Nothing is durable before the result is committed
/// (<see cref="PipelineCommitter"/>), and all of it is one commit.
/// </summary>
/// <remarks>
/// Diagnostics: a matcher or mailet that throws does what its rule says (<c>.Failures</c>), to its branch alone. What cannot be settled fails the whole mail,
/// which is then tried again, and in the end held.
/// Limits: one caller; branches are not run side by side.
/// </remarks>
internal sealed partial class PipelineRun
{
    /// <summary>The door of what the server itself writes.</summary>
    public const string OwnDoor = "pipeline";

    /// <summary>Most processors that a branch passes in one run: the compiler refuses circles, a mailet's own decisions could still make one.</summary>
    private const int ProcessorsMax = 100;

    private readonly LeasedMessage _leased;
    private readonly Stack<Branch> _branches = new();
    private Rule? _rule; // the one being run

    public PipelineRun(LeasedMessage leased, PipelineDefinition definition, PipelineServices services, DateTimeOffset now) =>
        (_leased, Definition, Services, Now) = (leased, definition, services, now);

    public PipelineDefinition Definition { get; }

    public PipelineServices Services { get; }

    /// <summary>When its batch was begun.</summary>
    public DateTimeOffset Now { get; }

    public Message Input => _leased.Message;

    /// <summary>Runs the mail from the processor whose queue it was in.</summary>
    /// <exception cref="OperationCanceledException">The server stops; the mail is as it was.</exception>
    /// <exception cref="EngineFailedException">The engine is out of service; the mail is as it was.</exception>
    public ValueTask<MailResult> RunAsync(Processor entry, RunLimits limits) => SettleAsync(() => StartAsync(entry, limits), limits);

    /// <summary>Does <paramref name="work"/>, writes the bounces that came of it, keeps the structures of large mails, and packs up.</summary>
    private async ValueTask<MailResult> SettleAsync(Func<ValueTask> work, RunLimits limits)
    {
        try
        {
            await work();
            await WriteBouncesAsync(limits.Token);
            await KeepStructuresAsync(limits.Token);
        }
        catch (Exception e) when (IsOfTheMail(e, limits))
        {
            FailWhole(Unmasked(e, limits));
        }

        return Result();
    }

    private async ValueTask StartAsync(Processor entry, RunLimits limits)
    {
        var state = MailState.Of(Input);
        if (Input.ReceiveCount - AttemptsOf(state) > Services.Settings.CrashesMax)
            HoldAsError(state, $"it was taken up {Input.ReceiveCount} times and never came to an end");
        else if (state.Envelope.Recipients.Count == 0)
            HoldAsError(state, "it has no recipients");
        else if (IsTooOld(state))
            GiveUp(state, new SmtpReply(554, new EnhancedStatusCode(5, 4, 7), $"delivery time expired after {Readable.Of(Services.Settings.GiveUpAfter)}"), Input.Queue);
        else if (Obey(state) is { } left)
            Begin(left, entry);

        while (_branches.TryPop(out var branch))
            await WalkAsync(branch, limits);
    }

    // The rule it waits at, else the beginning. What failed there is forgotten: it is tried again.
    private void Begin(MailState state, Processor entry)
    {
        // Both must be there: an administrator who sends it through the pipeline again takes the processor off.
        var at = state.Attributes.ContainsKey(MailAttributes.Processor) ? state.Text(MailAttributes.Resume) : null;
        var (processor, rule) = ResumePoint.Find(at, Definition) ?? (entry, 0);
        if (state.Attributes.ContainsKey(MailAttributes.Resume))
            state = state.Without(MailAttributes.Resume, MailAttributes.Processor, MailAttributes.Exception);
        _branches.Push(new Branch(new MailContext(this, state), processor, rule));
    }

    // Mail that an administrator released, or whose sender asked for a later time, is counted from when it became due.
    private bool IsTooOld(MailState state)
    {
        if (AttemptsOf(state) == 0 && state.Attributes.ContainsKey(MailAttributes.Resume))
            return false;
        var from = AttemptsOf(state) == 0 && Input.DueAt > Input.AcceptedAt ? Input.DueAt : Input.AcceptedAt;
        return Now - from > Services.Settings.GiveUpAfter;
    }

    /// <summary>Does what standing orders say; the mail with the recipients that are left, null when there are none.</summary>
    private MailState? Obey(MailState state)
    {
        if (!HasOrders(state.Envelope.Recipients))
            return state;
        var left = new List<Recipient>();
        foreach (var byOrder in state.Envelope.Recipients.GroupBy(r => Services.Orders.Find(Input, r)))
        {
            var recipients = byOrder.ToArray();
            var part = state with { Envelope = state.Envelope with { Recipients = recipients } };
            switch (byOrder.Key?.Action)
            {
                case OrderAction.Bounce:
                    Note(TimelineKind.Decided, Detail(byOrder.Key), recipients);
                    Bounce(part, recipients, ReplyOf(byOrder.Key));
                    break;
                case OrderAction.Discard:
                    Note(TimelineKind.Removed, Detail(byOrder.Key), recipients);
                    break;
                case OrderAction.Hold:
                    Add(Compose(part, Input.Queue) with { IsHeld = true, LastError = Detail(byOrder.Key) }, goesOn: true, TimelineKind.Held, Detail(byOrder.Key));
                    break;
                default: // to suspend is the dispatcher's
                    left.AddRange(recipients);
                    break;
            }
        }

        return left.Count == 0 ? null
            : left.Count == state.Envelope.Recipients.Count ? state
            : state with { Envelope = state.Envelope with { Recipients = left } };
    }

    private bool HasOrders(IReadOnlyList<Recipient> recipients)
    {
        foreach (var recipient in recipients)
        {
            if (Services.Orders.Find(Input, recipient) is not null)
                return true;
        }

        return false;
    }

    private static string Detail(StandingOrder order) => $"standing order {order.Id} of {order.By}: {order.Reason}";

    private static SmtpReply ReplyOf(StandingOrder order) =>
        SmtpReply.TryParse(order.Reason, out var reply) && reply.IsPermanent
            ? reply
            : new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), order.Reason);

    private async ValueTask WalkAsync(Branch branch, RunLimits limits)
    {
        var (mail, processor, index) = branch;
        for (var processors = 0; ;)
        {
            // Only mail that a processor's last rule held, and an administrator released, comes to its end: it is delivered as without a pipeline.
            if (index == processor.Rules.Count)
                (processor, index) = (Definition.BuiltIn, 0);
            if (index == 0 && ++processors > ProcessorsMax)
                throw new MailLoopException($"the mail passed {ProcessorsMax} processors and came to no end");

            var rule = _rule = processor.Rules[index];
            if (rule.Condition is not null)
            {
                IReadOnlyList<Recipient> selected;
                try
                {
                    selected = await SelectAsync(rule.Condition, mail, limits.Token);
                }
                catch (Exception e) when (IsOfTheMail(e, limits))
                {
                    if (FailMatcher(rule, mail, Unmasked(e, limits)) is not { } next)
                        return;
                    (mail, processor, index) = next;
                    continue;
                }

                if (selected.Count == 0)
                {
                    index++;
                    continue;
                }

                if (selected.Count < mail.Recipients.Count)
                {
                    var chosen = selected.ToHashSet(ReferenceEqualityComparer.Instance);
                    _branches.Push(new Branch(mail.Split(mail.Recipients.Where(r => !chosen.Contains(r)).ToArray()), processor, index + 1));
                    mail = mail.Split(selected);
                }
            }

            if (await ActAsync(rule, mail, limits) is not { } after)
                return;
            mail = after.Mail;
            switch (mail.Next)
            {
                case null:
                    (processor, index) = (after.Processor, after.Rule);
                    continue;
                case NextStep.To to when to.Processor.IsQueued:
                    Add(Compose(mail.State.Without(MailAttributes.Resume), to.Processor.Queue), goesOn: true, TimelineKind.Queued, null);
                    return;
                case NextStep.To to:
                    (processor, index) = (to.Processor, 0);
                    mail.Enter();
                    continue;
                default:
                    return;
            }
        }
    }

    /// <summary>The recipients whom a condition selects: the mail's own list when all.</summary>
    private static async ValueTask<IReadOnlyList<Recipient>> SelectAsync(Condition condition, MailContext mail, CancellationToken cancellationToken)
    {
        mail.ForgetAnswers();
        mail.ForgetWanted();
        while (true)
        {
            var selected = Select(condition, mail);
            if (selected is not null)
                return selected;
            await mail.LoadWantedAsync(cancellationToken);
        }
    }

    /// <summary>The same without waiting; null when the mail must be read first.</summary>
    private static IReadOnlyList<Recipient>? Select(Condition condition, MailContext mail)
    {
        var recipients = mail.Recipients;
        if (!condition.IsPerRecipient || recipients.Count == 1)
        {
            return condition.Evaluate(mail, recipients[0]) switch
            {
                Truth.True => recipients,
                Truth.False => [],
                _ => null,
            };
        }

        List<Recipient>? some = null;
        for (var i = 0; i < recipients.Count; i++)
        {
            switch (condition.Evaluate(mail, recipients[i]))
            {
                case Truth.Unknown:
                    return null;
                case Truth.True:
                    // While all so far were selected there is nothing to write down.
                    some?.Add(recipients[i]);
                    break;
                default:
                    some ??= [.. recipients.Take(i)];
                    break;
            }
        }

        return some ?? recipients;
    }

    /// <summary>Runs a rule's mailets; where the branch then stands, null when a failure took it away.</summary>
    private async ValueTask<Branch?> ActAsync(Rule rule, MailContext mail, RunLimits limits)
    {
        var start = Mark(mail);
        foreach (var mailet in rule.Mailets)
        {
            var before = Mark(mail);
            try
            {
                var pending = mailet.Mailet.ExecuteAsync(mail, limits.Token);
                if (pending.IsCompleted)
                    await pending;
                else
                    await pending.AsTask().WaitAsync(limits.Token);
            }
            catch (Exception e) when (IsOfTheMail(e, limits))
            {
                if (rule.OnError != OnError.Ignore)
                    return FailMailet(rule, mailet, mail, start, before, Unmasked(e, limits));
                mail = LeaveOut(rule, mailet, mail, before, Unmasked(e, limits));
                continue;
            }

            Note(TimelineKind.Decided, mailet.Detail, mail.Recipients);
            if (mail.Next is not null)
                break;
        }

        return new Branch(mail, Definition[rule.Processor]!, rule.Index + 1);
    }
}
