namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>What of a mail or part a section is (RFC 9051 6.4.5.1).</summary>
public enum SectionText
{
    /// <summary>All: of the mail header and body, of a part its body.</summary>
    Whole,
    /// <summary>HEADER, of the mail or of a mail inside.</summary>
    Header,
    /// <summary>HEADER.FIELDS: some of its fields.</summary>
    HeaderFields,
    /// <summary>HEADER.FIELDS.NOT: all but some of its fields.</summary>
    HeaderFieldsNot,
    /// <summary>TEXT: the body, of the mail or of a mail inside.</summary>
    Text,
    /// <summary>MIME: the header of a part.</summary>
    Mime,
}
