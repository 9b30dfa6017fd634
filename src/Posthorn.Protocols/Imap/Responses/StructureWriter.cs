using Posthorn.Protocols.Imap.Structure;

namespace Posthorn.Protocols.Imap.Responses;

/// <summary>ENVELOPE and BODYSTRUCTURE as a client reads them (RFC 9051 7.5.2).</summary>
internal static class StructureWriter
{
    public static void Envelope(ImapWriter to, MailEnvelope envelope)
    {
        to.Raw("("u8);
        NString(to, envelope.Date);
        to.Raw(" "u8);
        NString(to, envelope.Subject);
        foreach (var addresses in (ReadOnlySpan<IReadOnlyList<EnvelopeAddress>>)
            [envelope.From, envelope.Sender, envelope.ReplyTo, envelope.To, envelope.Cc, envelope.Bcc])
        {
            to.Raw(" "u8);
            Addresses(to, addresses);
        }
        to.Raw(" "u8);
        NString(to, envelope.InReplyTo);
        to.Raw(" "u8);
        NString(to, envelope.MessageId);
        to.Raw(")"u8);
    }

    public static void Body(ImapWriter to, StructurePart part, bool isExtended)
    {
        to.Raw("("u8);
        if (part.IsMultipart)
            Multipart(to, part, isExtended);
        else
            Single(to, part, isExtended);
        to.Raw(")"u8);
    }

    private static void Multipart(ImapWriter to, StructurePart part, bool isExtended)
    {
        foreach (var child in part.Children)
            Body(to, child, isExtended);
        if (part.Children.Count == 0) // the grammar wants one; an empty text is what Dovecot gives too
            to.Raw(isExtended
                ? """("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)"""u8
                : """("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)"""u8);
        to.Raw(" "u8);
        to.String(part.Subtype.Span);
        if (!isExtended)
            return;
        to.Raw(" "u8);
        Parameters(to, part.Parameters, withCharset: false);
        Disposition(to, part);
    }

    private static void Single(ImapWriter to, StructurePart part, bool isExtended)
    {
        to.String(part.Type.Span);
        to.Raw(" "u8);
        to.String(part.Subtype.Span);
        to.Raw(" "u8);
        Parameters(to, part.Parameters, withCharset: part.IsText && part.Charset is null);
        to.Raw(" "u8);
        NString(to, part.Id);
        to.Raw(" "u8);
        NString(to, part.Description);
        to.Raw(" "u8);
        to.String(part.EncodingName.Span);
        to.Raw(" "u8);
        to.Number(part.BodyLength);
        if (part.Envelope is { } envelope)
        {
            to.Raw(" "u8);
            Envelope(to, envelope);
            to.Raw(" "u8);
            Body(to, part.Children[0], isExtended);
        }
        if (part.IsText || part.IsMessage)
        {
            to.Raw(" "u8);
            to.Number(part.Lines);
        }
        if (!isExtended)
            return;
        to.Raw(" "u8);
        NString(to, part.Md5);
        Disposition(to, part);
    }

    /// <summary>What both kinds end with: disposition, languages, location.</summary>
    private static void Disposition(ImapWriter to, StructurePart part)
    {
        if (part.Disposition is { } disposition)
        {
            to.Raw(" ("u8);
            to.String(disposition.Span);
            to.Raw(" "u8);
            Parameters(to, part.DispositionParameters, withCharset: false);
            to.Raw(") "u8);
        }
        else
        {
            to.Raw(" NIL "u8);
        }
        Languages(to, part.Languages);
        to.Raw(" "u8);
        NString(to, part.Location);
    }

    private static void Languages(ImapWriter to, IReadOnlyList<ReadOnlyMemory<byte>> languages)
    {
        if (languages.Count == 0)
        {
            to.Raw("NIL"u8);
            return;
        }
        to.Raw("("u8);
        for (var i = 0; i < languages.Count; i++)
        {
            if (i > 0)
                to.Raw(" "u8);
            to.String(languages[i].Span);
        }
        to.Raw(")"u8);
    }

    /// <summary>Parameters; with the default charset when text has none: it is US-ASCII (RFC 2045 5.2).</summary>
    private static void Parameters(ImapWriter to, IReadOnlyList<PartParameter> parameters, bool withCharset)
    {
        if (parameters.Count == 0 && !withCharset)
        {
            to.Raw("NIL"u8);
            return;
        }
        to.Raw("("u8);
        for (var i = 0; i < parameters.Count; i++)
        {
            if (i > 0)
                to.Raw(" "u8);
            to.String(parameters[i].Name.Span);
            to.Raw(" "u8);
            to.String(parameters[i].Value.Span);
        }
        if (withCharset)
            to.Raw(parameters.Count > 0 ? " \"charset\" \"us-ascii\""u8 : "\"charset\" \"us-ascii\""u8);
        to.Raw(")"u8);
    }

    private static void Addresses(ImapWriter to, IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            to.Raw("NIL"u8);
            return;
        }
        to.Raw("("u8);
        foreach (var address in addresses)
        {
            to.Raw("("u8);
            NString(to, address.Name);
            to.Raw(" "u8);
            NString(to, address.Route);
            to.Raw(" "u8);
            NString(to, address.Mailbox);
            to.Raw(" "u8);
            NString(to, address.Host);
            to.Raw(")"u8);
        }
        to.Raw(")"u8);
    }

    private static void NString(ImapWriter to, ReadOnlyMemory<byte>? text)
    {
        if (text is { } bytes)
            to.String(bytes.Span);
        else
            to.Raw("NIL"u8);
    }
}
