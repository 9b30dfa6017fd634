using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>
/// What FETCH, SEARCH, SORT and THREAD ask of a mail without its bytes: envelope, structure, where each part lies. Computed once in one pass over the mail
/// (<see cref="StructureReader"/>), kept beside it in a compact form, and read back piece by piece as asked for. docs/formats/mail-structure.md draws the bytes.
/// </summary>
public sealed class MailStructure
{
    /// <summary>
    /// Longest form that is kept with a message. Mails of people and programs need some hundred bytes; what needs more (thousands of recipients or parts)
    /// is computed when it is asked for.
    /// </summary>
    public const int KeptBytesMax = 8 * 1024;

    private readonly int _envelopeStart;
    private readonly int _referencesStart;
    private readonly int _rootStart;
    private readonly uint _headerChecksum;
    private readonly long _headerLength; // 0: neither is known
    private MailEnvelope? _envelope;
    private IReadOnlyList<ReadOnlyMemory<byte>>? _references;
    private StructurePart? _root;

    private MailStructure(ReadOnlyMemory<byte> encoded, StructureDecoder start)
    {
        Encoded = encoded;
        if (encoded.Span[0] >= StructureDecoder.HeaderChecksumSince)
            (_headerChecksum, _headerLength) = (start.UInt32(), start.Long());
        Size = start.Long();
        var envelopeLength = start.Int();
        var referencesLength = start.Int();
        _envelopeStart = start.Position;
        _referencesStart = _envelopeStart + envelopeLength;
        _rootStart = _referencesStart + referencesLength;
    }

    /// <summary>The compact form, to be kept with the message when it <see cref="IsKeepable"/>.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Whether it is short enough to be kept.</summary>
    public bool IsKeepable => Encoded.Length <= KeptBytesMax;

    /// <summary>Bytes of the mail.</summary>
    public long Size { get; }

    /// <summary>The envelope.</summary>
    public MailEnvelope Envelope => _envelope ??= At(_envelopeStart).Envelope();

    /// <summary>The message ids of References, and those of In-Reply-To when there are none, with angle brackets, oldest first: what THREAD needs. At most 32, of more the first and the last.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> References => _references ??= At(_referencesStart).Strings();

    /// <summary>The mail as a part.</summary>
    public StructurePart Root => _root ??= At(_rootStart).Part(0);

    /// <summary>Bytes of the mail's header, the blank line included.</summary>
    public long HeaderLength => _headerLength > 0 ? _headerLength : Root.HeaderLength;

    /// <summary>CRC-32C of the header, the mail's first <see cref="HeaderLength"/> bytes, so that it can be read and checked alone. Null when it is not known.</summary>
    public uint? HeaderChecksum => _headerLength > 0 ? _headerChecksum : null;

    /// <summary>Reads the compact form, and keeps hold of its bytes.</summary>
    /// <param name="encoded">As <see cref="Encoded"/> gave it.</param>
    /// <param name="structure">The structure.</param>
    /// <returns>False for a form of another version, or none: compute it anew.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> encoded, [NotNullWhen(true)] out MailStructure? structure)
    {
        structure = null;
        if (!StructureDecoder.IsWhole(encoded.Span))
            return false;
        structure = new MailStructure(encoded, new StructureDecoder(encoded, StructureDecoder.HeadBytes));
        return true;
    }

    private StructureDecoder At(int position) => new(Encoded, position);
}
