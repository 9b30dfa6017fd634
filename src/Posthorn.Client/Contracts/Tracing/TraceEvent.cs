namespace Posthorn.Client.Contracts.Tracing;

/// <summary>One event of a message's life.</summary>
public sealed record TraceEvent
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened: <c>accepted</c>, <c>decided</c>, <c>queued</c>, <c>attempted</c>, <c>delivered</c>, <c>deferred</c>, <c>bounced</c>, …</summary>
    public required string Kind { get; init; }

    /// <summary>The message it happened to.</summary>
    public required string Message { get; init; }

    /// <summary>The message from which that came.</summary>
    public required string Origin { get; init; }

    /// <summary>The queue it was in or came into.</summary>
    public string? Queue { get; init; }

    /// <summary>One line: the remote's exact reply, the rule that decided, who removed it.</summary>
    public string? Detail { get; init; }

    /// <summary>The other side.</summary>
    public string? Peer { get; init; }

    /// <summary>The node that did it, where several share the queues.</summary>
    public string? Node { get; init; }

    /// <summary>The sender, on the first event.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipients it concerns.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>The Message-ID, on the first event.</summary>
    public string? MessageId { get; init; }
}
