using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>One event of a message's life.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Message">The message it happened to.</param>
/// <param name="Origin">The message from which that came.</param>
/// <param name="Queue">The queue it was in or came into.</param>
/// <param name="Detail">One line for people: the remote's exact reply, the rule that decided, who removed it.</param>
public sealed record TimelineEvent(TimelineKind Kind, MessageId Message, MessageId Origin, string? Queue, string? Detail)
{
    /// <summary>The Message-ID field, so that the life can be found by it; needed on the first event only.</summary>
    public string? MessageIdField { get; init; }

    /// <summary>The sender; needed on the first event only.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipients it concerns; a life can be found by each.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>Whether it is one of the many that programs cause with each message they send and take: a line of the log at level debug, not information.</summary>
    public bool IsOfProgram { get; init; }

    /// <summary>The node that did it, where several share the queues; set by who writes it.</summary>
    public string? Node { get; init; }

    /// <summary>The other side: <c>192.0.2.1:25 mx.example.test</c>.</summary>
    public string? Peer { get; init; }
}
