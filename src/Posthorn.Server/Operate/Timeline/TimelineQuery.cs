using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>Whose lives to tell. What is given must all fit; at least one of message, Message-ID and address is given.</summary>
public sealed record TimelineQuery
{
    /// <summary>A message, or any other of its family (of the same origin).</summary>
    public MessageId? Message { get; init; }

    /// <summary>The Message-ID field, with or without angle brackets.</summary>
    public string? MessageIdField { get; init; }

    /// <summary>An address, as sender or recipient, without regard to case.</summary>
    public string? Address { get; init; }

    /// <summary>Most events returned, 1 or more. Lives are returned whole, the latest ones; of a single longer life its latest events.</summary>
    public int Limit { get; init; } = 1_000;
}
