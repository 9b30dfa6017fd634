using System.Text;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>What an envelope's fields say to people: encoded words decoded, addresses written out, as searches and sorting compare them.</summary>
internal static class EnvelopeText
{
    /// <summary>How to get a field's text from an envelope; null when envelopes do not hold it as it stands. The text is null when the mail lacks the field.</summary>
    /// <remarks>Addresses are compared as <c>Name &lt;local@domain&gt;</c>, whatever quotes and comments they are written with, as Dovecot does.</remarks>
    public static Func<MailEnvelope, string?>? Of(string field) => field.ToUpperInvariant() switch
    {
        "SUBJECT" => e => Decoded(e.Subject),
        "FROM" => e => Addresses(e.From),
        "TO" => e => Addresses(e.To),
        "CC" => e => Addresses(e.Cc),
        "BCC" => e => Addresses(e.Bcc),
        "MESSAGE-ID" => e => Decoded(e.MessageId),
        "IN-REPLY-TO" => e => Decoded(e.InReplyTo),
        "DATE" => e => Decoded(e.Date),
        _ => null,
    };

    /// <summary>When the mail was sent, by its Date field, with that field's offset; null when it has none that can be understood.</summary>
    public static DateTimeOffset? SentAt(MailEnvelope envelope) => MailDate.TryParse(Text(envelope.Date), out var time) ? time : null;

    public static string? Decoded(ReadOnlyMemory<byte>? text) => Text(text) is { } raw ? EncodedWord.Decode(raw) : null;

    /// <summary>The name for people of an address, else the address.</summary>
    public static string Display(EnvelopeAddress address) =>
        Decoded(address.Name) is { } name && name.AsSpan().Trim().Length > 0 ? name : $"{Text(address.Mailbox)}@{Text(address.Host)}";

    public static string? Text(ReadOnlyMemory<byte>? text) => text is { } bytes ? HeaderField.Decode(bytes.Span) : null;

    private static string? Addresses(IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (addresses.Count == 0)
            return null;
        var text = new StringBuilder();
        foreach (var address in addresses)
        {
            if (address.IsGroupMark)
            {
                text.Append(Decoded(address.Mailbox)).Append(address.Mailbox is null ? ";" : ":");
                continue;
            }
            if (text.Length > 0)
                text.Append(text[^1] == ':' ? " " : ", ");
            if (Decoded(address.Name) is { } name)
                text.Append(name).Append(' ');
            text.Append('<').Append(Text(address.Mailbox)).Append('@').Append(Text(address.Host)).Append('>');
        }
        return text.ToString();
    }
}
