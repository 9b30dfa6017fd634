using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>A part of a mail, as BODYSTRUCTURE tells it (RFC 9051 7.5.2) and with where its bytes lie. Offsets count from where the mail begins.</summary>
public sealed record StructurePart
{
    /// <summary>The type in lower case.</summary>
    public required ReadOnlyMemory<byte> Type { get; init; }

    /// <summary>The subtype in lower case.</summary>
    public required ReadOnlyMemory<byte> Subtype { get; init; }

    /// <summary>The type's parameters.</summary>
    public required IReadOnlyList<PartParameter> Parameters { get; init; }

    /// <summary>Content-ID; null without one.</summary>
    public required ReadOnlyMemory<byte>? Id { get; init; }

    /// <summary>Content-Description; null without one.</summary>
    public required ReadOnlyMemory<byte>? Description { get; init; }

    /// <summary>Content-Transfer-Encoding in lower case; <c>7bit</c> without one.</summary>
    public required ReadOnlyMemory<byte> EncodingName { get; init; }

    /// <summary>The same, understood.</summary>
    public required TransferEncoding Encoding { get; init; }

    /// <summary>Content-MD5; null without one.</summary>
    public required ReadOnlyMemory<byte>? Md5 { get; init; }

    /// <summary>Content-Disposition's value; null without one.</summary>
    public required ReadOnlyMemory<byte>? Disposition { get; init; }

    /// <summary>Its parameters.</summary>
    public required IReadOnlyList<PartParameter> DispositionParameters { get; init; }

    /// <summary>Content-Language; empty without one.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Languages { get; init; }

    /// <summary>Content-Location; null without one.</summary>
    public required ReadOnlyMemory<byte>? Location { get; init; }

    /// <summary>Where its header begins.</summary>
    public required long HeaderOffset { get; init; }

    /// <summary>Bytes of its header, the blank line included.</summary>
    public required long HeaderLength { get; init; }

    /// <summary>Bytes of its body as encoded, without the line end before a boundary.</summary>
    public required long BodyLength { get; init; }

    /// <summary>Line ends in its body.</summary>
    public required long Lines { get; init; }

    /// <summary>Of a multipart its parts; of a mail inside (<see cref="IsMessage"/>) that mail alone; else empty.</summary>
    public required IReadOnlyList<StructurePart> Children { get; init; }

    /// <summary>Of a mail inside its envelope; else null.</summary>
    public required MailEnvelope? Envelope { get; init; }

    /// <summary>Where its body begins.</summary>
    public long BodyOffset => HeaderOffset + HeaderLength;

    /// <summary>Whether its parts are other parts.</summary>
    public bool IsMultipart => Type.Span.SequenceEqual("multipart"u8);

    /// <summary>Whether it is a mail whose inside is known. A mail inside that is encoded, or too deep, is a file like others.</summary>
    public bool IsMessage => Envelope is not null;

    /// <summary>Whether it is text of any kind.</summary>
    public bool IsText => Type.Span.SequenceEqual("text"u8);

    /// <summary>The charset parameter; null without one.</summary>
    public string? Charset
    {
        get
        {
            foreach (var parameter in Parameters)
                if (Ascii.EqualsIgnoreCase(parameter.Name.Span, "charset"u8))
                    return System.Text.Encoding.Latin1.GetString(parameter.Value.Span);
            return null;
        }
    }
}
