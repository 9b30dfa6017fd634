using System.Buffers.Binary;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>Reads the compact form. Strings are slices of it. Its checksum was verified: what does not fit is a broken invariant.</summary>
internal ref struct StructureDecoder(ReadOnlyMemory<byte> bytes, int position)
{
    public const byte Version = 2;

    /// <summary>The first version that begins with the header's checksum and length; of the one before all else is the same.</summary>
    public const byte HeaderChecksumSince = 2;

    /// <summary>Version and checksum.</summary>
    public const int HeadBytes = 5;

    private static readonly ReadOnlyMemory<byte>[] s_encodings = [.. new[] { "7bit", "8bit", "binary", "quoted-printable", "base64" }
        .Select(e => (ReadOnlyMemory<byte>)System.Text.Encoding.ASCII.GetBytes(e))];

    private readonly ReadOnlyMemory<byte> _bytes = bytes;

    public int Position { get; private set; } = position;

    public static bool IsWhole(ReadOnlySpan<byte> encoded) =>
        encoded.Length > HeadBytes && encoded[0] is Version or HeaderChecksumSince - 1
        && BinaryPrimitives.ReadUInt32LittleEndian(encoded[1..]) == StructureEncoder.Checksum(encoded[HeadBytes..]);

    public long Long()
    {
        ulong value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var b = _bytes.Span[Position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return (long)value;
        }
        throw new InvalidDataException("A number of a mail's structure is longer than 63 bits.");
    }

    public uint UInt32()
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[Position..]);
        Position += sizeof(uint);
        return value;
    }

    public int Int() => checked((int)Long());

    public ReadOnlyMemory<byte>? String()
    {
        var head = Long();
        if (head == 0)
            return null;
        if ((head & 1) == 1)
            return KnownStrings.At(head >> 1) ?? throw new InvalidDataException("A mail's structure names a string that is not known.");
        var text = _bytes.Slice(Position, checked((int)(head >> 1) - 1));
        Position += text.Length;
        return text;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Strings()
    {
        var count = Int();
        if (count == 0)
            return [];
        var strings = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
            strings[i] = Required();
        return strings;
    }

    public MailEnvelope Envelope()
    {
        var date = String();
        var subject = String();
        var from = Addresses();
        var sender = Addresses();
        var replyTo = Addresses();
        return new MailEnvelope
        {
            Date = date,
            Subject = subject,
            From = from,
            Sender = sender.Length == 0 ? from : sender,
            ReplyTo = replyTo.Length == 0 ? from : replyTo,
            To = Addresses(),
            Cc = Addresses(),
            Bcc = Addresses(),
            InReplyTo = String(),
            MessageId = String(),
        };
    }

    /// <summary>A part whose header begins at <paramref name="from"/> or behind it.</summary>
    public StructurePart Part(long from)
    {
        var has = (PartFields)_bytes.Span[Position++];
        var encoding = (TransferEncoding)_bytes.Span[Position++];
        var encodingName = encoding == TransferEncoding.Unknown ? Required() : s_encodings[(int)encoding];
        var type = Required();
        var subtype = Required();
        var parameters = Parameters();
        var headerOffset = from + Long();
        var headerLength = Long();
        var bodyLength = Long();
        var lines = Long();
        var id = Optional(has, PartFields.Id);
        var description = Optional(has, PartFields.Description);
        var md5 = Optional(has, PartFields.Md5);
        var disposition = Optional(has, PartFields.Disposition);
        var dispositionParameters = disposition is null ? [] : Parameters();
        var languages = has.HasFlag(PartFields.Languages) ? Strings() : [];
        var location = Optional(has, PartFields.Location);
        var envelope = has.HasFlag(PartFields.Message) ? Envelope() : null;
        return new StructurePart
        {
            Type = type,
            Subtype = subtype,
            Parameters = parameters,
            Id = id,
            Description = description,
            EncodingName = encodingName,
            Encoding = encoding,
            Md5 = md5,
            Disposition = disposition,
            DispositionParameters = dispositionParameters,
            Languages = languages,
            Location = location,
            HeaderOffset = headerOffset,
            HeaderLength = headerLength,
            BodyLength = bodyLength,
            Lines = lines,
            Envelope = envelope,
            Children = Children(has, headerOffset + headerLength),
        };
    }

    private StructurePart[] Children(PartFields has, long from)
    {
        if (!has.HasFlag(PartFields.Children))
            return [];
        var children = new StructurePart[Int()];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = Part(from);
            from = children[i].BodyOffset + children[i].BodyLength;
        }
        return children;
    }

    private EnvelopeAddress[] Addresses()
    {
        var count = Int();
        if (count == 0)
            return [];
        var addresses = new EnvelopeAddress[count];
        for (var i = 0; i < count; i++)
            addresses[i] = new EnvelopeAddress(String(), String(), String(), String());
        return addresses;
    }

    private PartParameter[] Parameters()
    {
        var count = Int();
        if (count == 0)
            return [];
        var parameters = new PartParameter[count];
        for (var i = 0; i < count; i++)
            parameters[i] = new PartParameter(Required(), Required());
        return parameters;
    }

    private ReadOnlyMemory<byte>? Optional(PartFields has, PartFields field)
    {
        if (has.HasFlag(field))
            return Required();
        return null; // in a conditional expression null would be an empty string
    }

    private ReadOnlyMemory<byte> Required() => String() ?? throw new InvalidDataException("A string of a mail's structure is missing.");
}
