namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>A message with what answers it (RFC 5256 3).</summary>
/// <param name="Number">Its message number or UID; null for one that is not here but has two answers or more.</param>
/// <param name="Children">What answers it, in order.</param>
public sealed record MailThread(uint? Number, IReadOnlyList<MailThread> Children);
