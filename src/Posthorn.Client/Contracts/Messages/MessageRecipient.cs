namespace Posthorn.Client.Contracts.Messages;

/// <summary>One recipient with what its sender asked for it.</summary>
public sealed record MessageRecipient
{
    /// <summary>The address.</summary>
    public required string Address { get; init; }

    /// <summary>When the sender wants to hear of it (RFC 3461): <c>never</c>, or some of <c>success</c>, <c>failure</c>, <c>delay</c>; empty when it said nothing.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];

    /// <summary>The original recipient, <c>type;address</c>.</summary>
    public string? OriginalRecipient { get; init; }
}
