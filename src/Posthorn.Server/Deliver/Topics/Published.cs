namespace Posthorn.Server.Deliver.Topics;

/// <summary>What a publisher is told.</summary>
/// <param name="MessageId">The message's id.</param>
/// <param name="SequenceNumber">Its place among all of a FIFO topic; null of a standard topic.</param>
internal sealed record Published(string MessageId, string? SequenceNumber);
