using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Pipeline.Routing;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>What can be done with it. Each ends its way through the pipeline unless it says otherwise.</content>
public sealed partial class MailContext
{
    /// <summary>What was decided; null while it goes on.</summary>
    internal NextStep? Next { get; private set; }

    /// <summary>Sends it to another processor.</summary>
    /// <exception cref="ArgumentException">There is no such processor.</exception>
    public void To(string processor) =>
        Decide(new NextStep.To(_run.Definition[processor] ?? throw new ArgumentException($"There is no processor '{processor}'.", nameof(processor))));

    /// <summary>Puts it into a queue.</summary>
    public void Deliver(QueueName queue)
    {
        Decide(NextStep.End);
        _run.Put(_state, queue);
    }

    /// <summary>Puts it into each recipient's mailbox; aliases are followed, who has none is bounced.</summary>
    public void DeliverToMailboxes()
    {
        Decide(NextStep.End);
        MailboxRouting.Route(_run, _state);
    }

    /// <summary>Sends it to other hosts, a message for each domain.</summary>
    public void DeliverOutgoing()
    {
        Decide(NextStep.End);
        OutgoingRouting.Route(_run, _state);
    }

    /// <summary>Tells its sender that it cannot be delivered; a null sender is told nothing.</summary>
    /// <param name="reply">A permanent reply (5xx).</param>
    public void Bounce(SmtpReply reply)
    {
        Decide(NextStep.End);
        _run.Bounce(_state, Recipients, reply);
    }

    /// <summary>Removes it without a word.</summary>
    public void Discard()
    {
        Decide(NextStep.End);
        _run.Discard(_state);
    }

    /// <summary>Holds it until an administrator releases it; then it goes on with the next rule.</summary>
    public void Hold(string reason)
    {
        Decide(NextStep.End);
        _run.Hold(_state, reason);
    }

    /// <summary>Puts a copy into a queue; the mail goes on.</summary>
    public void CopyTo(QueueName queue)
    {
        ThrowIfOver();
        _run.Copy(_state, queue);
    }

    /// <summary>Sends a mail of its own, which enters the pipeline at its root, belongs to the same origin, and is let out like an authenticated sender's. This one goes on.</summary>
    /// <remarks>After 25 mails that each came out of the one before, <see cref="MailLoopException"/> ends it.</remarks>
    public void Send(NewMessage mail)
    {
        ThrowIfOver();
        _run.Send(_state, mail);
    }

    /// <summary>Its way is over: what a mailet made of it goes on in its place.</summary>
    internal void End() => Decide(NextStep.End);

    private void Decide(NextStep next)
    {
        ThrowIfOver();
        Next = next;
    }

    /// <summary>Takes note that another processor takes it over.</summary>
    internal void Enter() => Next = null;
}
