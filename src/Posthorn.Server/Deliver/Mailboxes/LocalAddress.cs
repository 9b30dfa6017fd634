namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>An address taken apart for the address book: everything in the form in which it is compared.</summary>
/// <param name="LocalPart">The local part in lower case, without quotes, the sub-address included.</param>
/// <param name="Base">The local part without the sub-address.</param>
/// <param name="Detail">The sub-address as written; null without one (RFC 5233 1).</param>
/// <param name="Domain">The domain (<see cref="MailDomain.Normalize"/>); null when the address has none.</param>
internal readonly record struct LocalAddress(string LocalPart, string Base, string? Detail, string? Domain)
{
    private const char Separator = '+';

    public static LocalAddress Of(string address)
    {
        var at = address.LastIndexOf('@');
        var written = at < 0 ? address : address[..at];
        if (written is ['"', .., '"'] && Protocols.Mime.MailAddress.TryParse($"{written}@x", out var parsed))
            written = parsed.LocalPart; // "a"@b is a@b (RFC 5321 4.1.2)
        var separator = written.IndexOf(Separator, StringComparison.Ordinal);
        var local = written.ToLowerInvariant();
        var hasDetail = separator > 0; // +tag@ has no base: it is a name of its own
        return new LocalAddress(
            local,
            hasDetail ? written[..separator].ToLowerInvariant() : local,
            hasDetail ? written[(separator + 1)..] : null,
            at < 0 ? null : MailDomain.Normalize(address[(at + 1)..]));
    }
}
