using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>Finds where a section lies in a mail by its structure alone (RFC 9051 6.4.5.1).</summary>
public static class SectionResolver
{
    /// <summary>Where a section of BODY[…] lies.</summary>
    public static SectionContent Resolve(MailStructure mail, FetchSection section)
    {
        if (section.Part.IsRoot)
            return section.Text == SectionText.Whole ? new SectionContent(SectionKind.Bytes, 0, mail.Size) : OfMail(mail.Root, section.Text);
        if (Find(mail.Root, section.Part) is not { } part)
            return SectionContent.Missing;
        return section.Text switch
        {
            SectionText.Whole => Body(part),
            SectionText.Mime => Header(part),
            _ => part.IsMessage ? OfMail(part.Children[0], section.Text) : SectionContent.Missing,
        };
    }

    /// <summary>Where the bytes of BINARY[…] lie. What cannot be encoded (RFC 2045 6.4), the whole mail and what has parts, is not decoded.</summary>
    public static BinaryContent Resolve(MailStructure mail, PartPath path)
    {
        if (path.IsRoot)
            return new BinaryContent(SectionKind.Bytes, 0, mail.Size, TransferEncoding.Binary);
        if (Find(mail.Root, path) is not { } part)
            return default;
        var encoding = part.IsMultipart || part.IsMessage ? TransferEncoding.Binary : part.Encoding;
        return new BinaryContent(SectionKind.Bytes, part.BodyOffset, part.BodyLength, encoding);
    }

    /// <summary>The part of a path; null when there is none.</summary>
    /// <remarks>A number counts within a multipart, the multipart of a mail inside included; of what is not a multipart, 1 is its only part.</remarks>
    public static StructurePart? Find(StructurePart mail, PartPath path)
    {
        var part = mail;
        var isMail = true; // whether the next number counts from a mail, of which even a single body has a number
        foreach (var number in path.Numbers)
        {
            if (!isMail && part.IsMessage)
                (part, isMail) = (part.Children[0], true);
            if (part.IsMultipart && number <= part.Children.Count)
                part = part.Children[number - 1];
            else if (part.IsMultipart || !isMail || number != 1)
                return null;
            isMail = false;
        }
        return part;
    }

    private static SectionContent OfMail(StructurePart mail, SectionText text) => text switch
    {
        SectionText.Header => Header(mail),
        SectionText.Text => Body(mail),
        SectionText.HeaderFields or SectionText.HeaderFieldsNot => Header(mail) with { Kind = SectionKind.Fields },
        _ => SectionContent.Missing,
    };

    private static SectionContent Header(StructurePart part) => new(SectionKind.Bytes, part.HeaderOffset, part.HeaderLength);

    private static SectionContent Body(StructurePart part) => new(SectionKind.Bytes, part.BodyOffset, part.BodyLength);
}
