namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>What of a message never changes, and only its record tells.</summary>
/// <param name="Size">Bytes of the mail (RFC822.SIZE).</param>
/// <param name="Date">Its internal date (RFC 3501 2.3.3).</param>
internal readonly record struct MessageFacts(long Size, DateTimeOffset Date);
