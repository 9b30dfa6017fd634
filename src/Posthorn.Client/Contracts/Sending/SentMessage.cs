namespace Posthorn.Client.Contracts.Sending;

/// <summary>A message that the server has on stable storage.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Queue">The queue it went to.</param>
/// <param name="Number">Its number there.</param>
/// <param name="IsRepeat">Whether the idempotency key had been used: this is the first one's answer.</param>
public sealed record SentMessage(string Id, string Queue, long Number, bool IsRepeat);
