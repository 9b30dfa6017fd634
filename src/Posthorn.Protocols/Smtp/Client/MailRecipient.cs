namespace Posthorn.Protocols.Smtp.Client;

/// <summary>What RCPT says about a recipient.</summary>
/// <param name="Address">The forward-path without angle brackets.</param>
/// <param name="Notify"><c>NEVER</c> or a list of <c>SUCCESS</c>, <c>FAILURE</c>, <c>DELAY</c>; null says none (RFC 3461 4.1).</param>
/// <param name="OriginalRecipient"><c>type;address</c>, not yet as xtext; null says none (RFC 3461 4.2).</param>
public sealed record MailRecipient(string Address, string? Notify = null, string? OriginalRecipient = null);
