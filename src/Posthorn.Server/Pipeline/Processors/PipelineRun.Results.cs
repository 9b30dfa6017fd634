using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>What comes out: messages for queues, bounces, events; kept until the commit.</content>
internal sealed partial class PipelineRun
{
    /// <summary>Most mails that may come out of each other; a forward to an address that forwards back ends here.</summary>
    private const int HopsMax = 25;

    private static readonly SmtpReply s_delivered = new(250, new EnhancedStatusCode(2, 1, 5), "delivered");

    private readonly record struct Bounced(MailState Of, FailedRecipient Recipient, DsnAction Action, QueueName? Into);

    private readonly List<Output> _outputs = [];
    private readonly List<TimelineEvent> _events = [];
    private List<Bounced>? _bounces;
    private List<IBodyWriter>? _writers;
    private HashSet<(QueueName, string)>? _delivered;

    /// <summary>The mail leaves for a queue, which is the end of its way.</summary>
    public void Put(MailState state, QueueName queue) => Put(state, Compose(Cleaned(state), queue));

    /// <summary>The mail leaves for a mailbox, in a form of its own.</summary>
    public void Put(MailState state, NewMessage message)
    {
        Add(message, goesOn: true, TimelineKind.Queued, null);
        // RFC 3461 5.2.5: whoever asked to be told of the delivery is told.
        foreach (var recipient in state.Envelope.Recipients)
        {
            if (recipient.Notify.HasFlag(DsnNotify.Success) && !_isCopy)
                (_bounces ??= []).Add(new Bounced(state, new FailedRecipient(recipient, s_delivered, null), DsnAction.Delivered, message.Queue));
        }
    }

    /// <summary>The mail leaves for other hosts.</summary>
    public void PutOutgoing(MailState state, string group) =>
        Add(Compose(Cleaned(state), SpoolQueues.Outgoing) with { Group = group }, goesOn: true, TimelineKind.Queued, null);

    public void Copy(MailState state, QueueName queue) => Add(Compose(Cleaned(state), queue), goesOn: false, TimelineKind.Queued, "a copy");

    public void Discard(MailState state) => Note(TimelineKind.Removed, $"discarded by {_rule?.Place}", state.Envelope.Recipients);

    public void Bounce(MailState state, IEnumerable<Recipient> recipients, SmtpReply reply)
    {
        foreach (var recipient in recipients)
            (_bounces ??= []).Add(new Bounced(state, new FailedRecipient(recipient, reply, null), DsnAction.Failed, null));
    }

    public void Hold(MailState state, string reason)
    {
        var next = ResumePoint.At(Definition[_rule!.Processor]!, _rule.Index + 1);
        var held = state.WithAttribute(MailAttributes.Resume, next.ToString()).WithAttribute(MailAttributes.Processor, next.Processor);
        Add(Compose(held, Input.Queue) with { IsHeld = true, LastError = reason }, goesOn: true, TimelineKind.Held, reason);
    }

    public void Send(MailState by, NewMessage mail) => Send(by, mail, reports: null);

    private void Send(MailState by, NewMessage mail, QueueName? reports)
    {
        var hops = (int.TryParse(by.Text(MailAttributes.Hops), out var before) ? before : 0) + 1;
        if (hops > HopsMax)
            throw new MailLoopException($"{HopsMax} mails came out of each other; two rules forward in a circle");
        var attributes = new Dictionary<string, AttributeValue>(mail.Attributes, StringComparer.Ordinal)
        {
            [MailAttributes.Door] = OwnDoor,
            [MailAttributes.Hops] = $"{hops}",
        };
        _outputs.Add(new Output(mail with { Queue = SpoolQueues.Root, Attributes = attributes, Origin = Input.Origin }, GoesOn: false, TimelineKind.Queued, "made by the pipeline") { Reports = reports });
    }

    /// <summary>A message of another kind than mail, of the same origin.</summary>
    public void Produce(NewMessage message, string detail) =>
        Add(message with { Origin = Input.Origin, AcceptedAt = Input.AcceptedAt }, goesOn: false, TimelineKind.Queued, detail);

    /// <summary>Whether an address's mailbox does not have this mail yet: two aliases, or an alias and its own address, may lead to one.</summary>
    public bool IsFirst(QueueName queue, string address) => (_delivered ??= []).Add((queue, address));

    public async ValueTask<Content> WriteBodyAsync(Func<IBodyWriter, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var body = Services.Engine.CreateBody();
        (_writers ??= []).Add(body); // kept until the commit that names it, which is not before the run's end
        await write(body, cancellationToken);
        return await body.CompleteAsync(cancellationToken);
    }

    public Message AsMessage(MailState state) => Input with
    {
        Envelope = state.Envelope,
        Attributes = state.Attributes,
        Priority = state.Priority,
        Content = state.Content,
    };

    /// <summary>The mail without what only concerned its way through the pipeline.</summary>
    public static MailState Cleaned(MailState state) =>
        state.Without(
            MailAttributes.Attempts, MailAttributes.Exception, MailAttributes.Resume, MailAttributes.Processor, MailAttributes.DeferredQueue, MailAttributes.DeferredCopy,
            MailAttributes.Structure, MailAttributes.InternalDate, MailAttributes.EmailId);

    private NewMessage Compose(MailState state, QueueName queue) => new()
    {
        Queue = queue,
        Content = state.Content,
        Envelope = state.Envelope,
        Attributes = state.Attributes,
        Priority = state.Priority,
        DueAt = DueAt(state),
        Origin = Input.Origin,
        AcceptedAt = Input.AcceptedAt,
    };

    public DateTimeOffset? DueAt(MailState state) => state.Delay > TimeSpan.Zero ? Now + state.Delay : null;

    private void Add(NewMessage message, bool goesOn, TimelineKind kind, string? detail) => _outputs.Add(new Output(message, goesOn, kind, detail));

    private void Note(TimelineKind kind, string? detail, IReadOnlyList<Recipient> recipients) =>
        _events.Add(new TimelineEvent(kind, Input.Id, Input.Origin, Input.Queue.Value, detail) { Recipients = recipients.Addresses() });

    /// <summary>One notification for all recipients that failed of one mail, one for each that a mailet made another mail of, and one for each queue that took it.</summary>
    private async ValueTask WriteBouncesAsync(CancellationToken cancellationToken)
    {
        if (_bounces is not { Count: > 0 } bounces)
            return;
        _bounces = null;
        foreach (var same in bounces.GroupBy(b => (b.Of.Content, b.Of.Envelope.Sender, b.Action, b.Into)))
        {
            var failed = same.Select(b => b.Recipient).ToArray();
            var state = same.First().Of with { Envelope = same.First().Of.Envelope with { Recipients = failed.Select(f => f.Recipient).ToArray() } };
            var notification = await Services.Bounces.WriteAsync(AsMessage(state), failed, same.Key.Action, cancellationToken);
            foreach (var byReply in failed.Where(f => f.Reply != s_delivered).GroupBy(f => f.Reply))
                Note(TimelineKind.Bounced, notification is null ? $"{byReply.Key} (nobody is told)" : byReply.Key.ToString(), byReply.Select(f => f.Recipient).ToArray());
            if (notification is not null)
                Send(state, notification, same.Key.Into);
        }
    }

    private MailResult Result() => new(this, _leased, _outputs, _events, _writers ?? []);
}
