using System.Net;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>Makes a submission of a mail that came by HTTP: envelope from the call or the header, Bcc taken out, a trace line put in front.</summary>
internal sealed class MailComposer(string hostname, TimeProvider time)
{
    /// <summary>Longest header, in bytes: what fits into the engine's prefix with a trace line.</summary>
    public const int HeaderBytesMax = Content.PrefixBytesMax - 4 * 1024;

    /// <summary>Most recipients of one mail; the same as many servers' SMTP doors take.</summary>
    private const int RecipientsMax = 1_000;

    /// <param name="body">The mail with CRLF line ends.</param>
    /// <param name="start">Its first bytes.</param>
    /// <param name="sender">The sender as called for; null takes the header's.</param>
    /// <param name="recipients">The recipients as called for; none takes the header's.</param>
    /// <param name="by">Who submits it.</param>
    /// <param name="peer">From where; null when unknown.</param>
    /// <exception cref="ProblemException">It has no header, no sender or no recipients.</exception>
    public Submission Compose(Body body, ReadOnlyMemory<byte> start, string? sender, IReadOnlyList<string> recipients, Account by, IPAddress? peer)
    {
        var header = HeaderBlock.Parse(start);
        if (header.Fields.Count == 0)
            throw Problems.BadRequest("The body is no mail: it does not begin with header fields.");
        if (header.IsTruncated || header.Length >= HeaderBytesMax)
            throw Problems.TooLarge($"The mail's header has more than {HeaderBytesMax} bytes.");
        var envelope = new Envelope(SenderOf(header, sender), [.. RecipientsOf(header, recipients).Select(r => new Recipient(r))]);
        var editor = new HeaderEditor(header);
        editor.Remove("Bcc");
        var content = new Content(body);
        if (editor.IsChanged)
            content = content with { Prefix = editor.ToBytes(), Skip = header.Length };
        return new Submission
        {
            Content = content.WithInFront(TraceLine(by, peer).Raw.Span),
            Envelope = envelope,
            Attributes = AttributesOf(header, envelope, by, peer),
        };
    }

    private static string SenderOf(HeaderBlock header, string? sender)
    {
        if (sender is "" or "<>")
            return "";
        if (sender is null && AddressList.Parse((header["Sender"] ?? header["From"])?.Value) is [var author, ..])
            sender = author.Address;
        if (sender is null)
            throw Problems.BadRequest("The mail names no sender: give 'sender', or a From field.");
        return MailAddress.TryParse(sender, out var address) ? address.Address : throw Problems.BadRequest($"sender: '{sender}' is no address.");
    }

    private static List<string> RecipientsOf(HeaderBlock header, IReadOnlyList<string> recipients)
    {
        var named = recipients.Count > 0 ? recipients
            : [.. new[] { "To", "Cc", "Bcc" }.SelectMany(header.All).SelectMany(f => AddressList.Parse(f.Value)).Select(a => a.Address)];
        if (named.Count == 0)
            throw Problems.BadRequest("The mail names no recipients: give 'recipient', or a To field.");
        if (named.Count > RecipientsMax)
            throw Problems.TooLarge($"A mail has at most {RecipientsMax} recipients.");
        return [.. named
            .Select(r => MailAddress.TryParse(r, out var address) ? address.Address : throw Problems.BadRequest($"recipient: '{r}' is no address."))
            .Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    // RFC 5321 4.4 in the form for protocols without EHLO: from whom, by whom, with what, when.
    private HeaderField TraceLine(Account by, IPAddress? peer)
    {
        var from = peer is null ? "" : $"from [{(peer.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !peer.IsIPv4MappedToIPv6 ? "IPv6:" : "")}{Plain(peer)}] ";
        var name = by.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@') ? $" (account {by.Name})" : "";
        return HeaderField.CreateRaw("Received", $"{from}by {hostname} with HTTP{name}; {MailDate.Format(time.GetUtcNow())}");
    }

    private static Dictionary<string, AttributeValue> AttributesOf(HeaderBlock header, Envelope envelope, Account by, IPAddress? peer)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = "http",
            [MailAttributes.Account] = by.Name,
        };
        if (peer is not null)
            attributes[MailAttributes.RemoteAddress] = Plain(peer).ToString();
        if (header["Message-ID"]?.Value.Trim().Trim('<', '>') is { Length: > 0 } messageId)
            attributes[MailAttributes.MessageId] = messageId;
        if (header.Text("Subject") is { Length: > 0 } subject)
            attributes[MailAttributes.Subject] = subject.Length <= 200 ? subject : subject[..200];
        if (envelope.Recipients.Select(r => r.Address).Append(envelope.Sender!).Any(a => !System.Text.Ascii.IsValid(a)))
            attributes[MailAttributes.SmtpUtf8] = "1";
        return attributes;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
