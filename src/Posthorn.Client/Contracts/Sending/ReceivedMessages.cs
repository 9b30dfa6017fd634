namespace Posthorn.Client.Contracts.Sending;

/// <summary>What a receive brought.</summary>
/// <param name="Messages">The messages; none when the wait ended without one.</param>
public sealed record ReceivedMessages(IReadOnlyList<ReceivedMessage> Messages);
