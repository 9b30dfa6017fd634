using Posthorn.Leases;
using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Imap.Leases;

/// <summary>A message that a session has claimed.</summary>
/// <param name="Handle">The proof.</param>
/// <param name="Origin">The message from which it came, for the timeline.</param>
/// <param name="ExpiresAt">When it ends unless it is renewed; the past once it has ended.</param>
internal sealed record HeldLease(ReceiptHandle Handle, MessageId Origin, DateTimeOffset ExpiresAt);
