namespace Posthorn.Client.Contracts.Messages;

/// <summary>A page of messages: queue by queue, in each in the order of delivery.</summary>
/// <param name="Messages">The messages.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null when this is the last.</param>
public sealed record MessagePage(IReadOnlyList<MessageInfo> Messages, string? Next);
