using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Server.Pipeline.Matchers;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>
/// A mail on its way through the pipeline, as matchers and mailets see it: what it is (this file), its bytes (<c>.Reading</c>), and what can be
/// done with it (<c>.Actions</c>). A split makes two that never see each other's changes.
/// </summary>
/// <remarks>For one caller at a time, and only until the mailet's task has ended. Nothing happens before all of the mail's branches are through: it is one commit.</remarks>
public sealed partial class MailContext
{
    private readonly PipelineRun _run;
    private MailState _state;

    internal MailContext(PipelineRun run, MailState state) => (_run, _state) = (run, state);

    /// <summary>The message that is processed.</summary>
    public MessageId Id => _run.Input.Id;

    /// <summary>The message from which it came.</summary>
    public MessageId Origin => _run.Input.Origin;

    /// <summary>When its origin was accepted.</summary>
    public DateTimeOffset AcceptedAt => _run.Input.AcceptedAt;

    /// <summary>How long ago that was.</summary>
    public TimeSpan Age => _run.Now - _run.Input.AcceptedAt;

    /// <summary>The reverse-path; empty is the null sender.</summary>
    public string Sender
    {
        get => _state.Envelope.Sender ?? "";
        set => Change(_state with { Envelope = _state.Envelope with { Sender = value } });
    }

    /// <summary>The recipients of this branch; never empty while it goes on.</summary>
    public IReadOnlyList<Recipient> Recipients => _state.Envelope.Recipients;

    /// <summary>Sender, recipients and what DSN says of them.</summary>
    public Envelope Envelope => _state.Envelope;

    /// <summary>The named values that travel with it; <see cref="MailAttributes"/> are the server's own.</summary>
    public IReadOnlyDictionary<string, AttributeValue> Attributes => _state.Attributes;

    /// <summary>0 to 9; higher first.</summary>
    public Priority Priority
    {
        get => _state.Priority;
        set => Change(_state with { Priority = value });
    }

    /// <summary>How much later than now it is due where it goes next; zero or more.</summary>
    public TimeSpan Delay
    {
        get => _state.Delay;
        set => Change(value > TimeSpan.Zero ? _state.Delayed(value, _run.Now) : _state with { Delay = TimeSpan.Zero });
    }

    /// <summary>What it carries. A mailet that changes bytes gives it new content; the old body is not touched.</summary>
    public Content Content
    {
        get => _state.Content;
        set => Change(_state with { Content = value });
    }

    /// <summary>How often the pipeline failed on it.</summary>
    public int Attempts => int.TryParse(Text(MailAttributes.Attempts), out var attempts) ? attempts : 0;

    /// <summary>The text of an attribute; null when it is absent or binary.</summary>
    public string? Text(string attribute) => _state.Text(attribute);

    /// <summary>Sets an attribute.</summary>
    public void SetAttribute(string name, AttributeValue value) => Change(_state.WithAttribute(name, value));

    /// <summary>Removes an attribute; one that it has not is no error.</summary>
    public void RemoveAttribute(string name) => Change(_state.Without(name));

    /// <summary>Gives it other recipients: one or more.</summary>
    public void SetRecipients(IReadOnlyList<Recipient> recipients)
    {
        if (recipients.Count == 0)
            throw new ArgumentException("A mail without recipients cannot go on; discard it.", nameof(recipients));
        Change(_state with { Envelope = _state.Envelope with { Recipients = recipients } });
    }

    /// <summary>Whether the server wrote it itself, or sent it on because a rule said so.</summary>
    internal bool IsOwn => Text(MailAttributes.Door) == PipelineRun.OwnDoor;

    /// <summary>Whether its sender may have mail relayed: authenticated, ours, or from a trusted network.</summary>
    internal bool IsTrusted =>
        AuthenticatedProperty.IsAuthenticated(this)
        || (_run.Services.Settings.TrustedNetworks is { Count: > 0 } networks
            && BuiltInMatchers.RemoteAddress(this) is { } address && networks.Any(n => n.Contains(address)));

    internal PipelineServices Services => _run.Services;

    internal PipelineRun Run => _run;

    internal MailState State => _state;

    /// <summary>The mail as a message, for those who write about it.</summary>
    internal Message ToMessage() => _run.AsMessage(_state);

    // Once a mailet was given up (its time was over, the server stops), whatever it still does must not reach the mail.
    internal bool IsClosed { get; set; }

    private void Change(MailState state)
    {
        ThrowIfOver();
        _state = state;
    }

    private void ThrowIfOver()
    {
        if (IsClosed)
            throw new InvalidOperationException("This mail was taken away: the mailet's time was over.");
        if (Next is not null)
            throw new InvalidOperationException("This mail's way has been decided; a mailet decides once, as the last it does.");
    }
}
