using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Posthorn.Protocols.Dns;

/// <summary>A DNS message (RFC 1035 4): questions are written, responses read.</summary>
public sealed record DnsMessage
{
    /// <summary>The size a response may have over UDP, said with EDNS: what fits unfragmented everywhere (DNS flag day 2020).</summary>
    public const int UdpBytesMax = 1_232;

    private const int HeaderBytes = 12;
    // A response with more records than this is not about mail; the rest is left out.
    private const int RecordsMax = 256;

    /// <summary>The number that ties a response to its question.</summary>
    public required ushort Id { get; init; }

    /// <summary>Whether it is a response.</summary>
    public required bool IsResponse { get; init; }

    /// <summary>Whether it was cut to fit; the whole is had over TCP.</summary>
    public required bool IsTruncated { get; init; }

    /// <summary>What the server says.</summary>
    public required DnsResponseCode ResponseCode { get; init; }

    /// <summary>The name asked for, in small letters without a root dot.</summary>
    public required string QuestionName { get; init; }

    /// <summary>The type asked for.</summary>
    public required DnsRecordType QuestionType { get; init; }

    /// <summary>The records that answer.</summary>
    public required IReadOnlyList<DnsRecord> Answers { get; init; }

    /// <summary>The records that tell who is responsible: the SOA of a negative answer.</summary>
    public required IReadOnlyList<DnsRecord> Authorities { get; init; }

    /// <summary>Writes a question for the class IN, recursion desired, with EDNS.</summary>
    /// <exception cref="DnsFormatException">The name is no domain name.</exception>
    public static byte[] WriteQuestion(ushort id, string name, DnsRecordType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        var bytes = new byte[HeaderBytes + name.Length + 2 + 4 + 11];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, id);
        bytes[2] = 0x01;        // RD
        bytes[5] = 1;           // one question
        bytes[11] = 1;          // one additional record: OPT
        var at = WriteName(name, bytes, HeaderBytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 2), 1);
        at += 4;
        // OPT: root name, type 41, class = our UDP size, no extended code, version 0, no options (RFC 6891 6.1.2).
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 1), (ushort)DnsRecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 3), UdpBytesMax);
        at += 11;
        return bytes[..at];
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="DnsFormatException">It can't be read: cut short, or names that never end.</exception>
    public static DnsMessage Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
            throw new DnsFormatException("A DNS message has at least 12 bytes.");
        var flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != 1)
            throw new DnsFormatException("A DNS response repeats its one question.");
        var at = HeaderBytes;
        var question = ReadName(bytes, ref at);
        Need(bytes, at, 4);
        var type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        at += 4;
        var isTruncated = (flags & 0x0200) != 0;
        var answers = ReadRecords(bytes, ref at, BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), isTruncated);
        var authorities = ReadRecords(bytes, ref at, BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]), isTruncated);
        return new DnsMessage
        {
            Id = BinaryPrimitives.ReadUInt16BigEndian(bytes),
            IsResponse = (flags & 0x8000) != 0,
            IsTruncated = isTruncated,
            ResponseCode = (DnsResponseCode)(flags & 0xF),
            QuestionName = question,
            QuestionType = type,
            Answers = answers,
            Authorities = authorities,
        };
    }

    private static int WriteName(string name, Span<byte> bytes, int at)
    {
        if (name.Length > 253)
            throw new DnsFormatException($"'{name}' is longer than a domain name.");
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || !Ascii.IsValid(label))
                throw new DnsFormatException($"'{name}' is no domain name.");
            bytes[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, bytes[at..]);
        }

        bytes[at++] = 0;
        return at;
    }

    private static List<DnsRecord> ReadRecords(ReadOnlySpan<byte> bytes, ref int at, int count, bool isTruncated)
    {
        var records = new List<DnsRecord>(Math.Min(count, 16));
        for (var i = 0; i < count; i++)
        {
            if (isTruncated && at >= bytes.Length)
                break;
            var name = ReadName(bytes, ref at);
            Need(bytes, at, 10);
            var type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
            at += 10;
            Need(bytes, at, length);
            // A TTL with the highest bit set is zero (RFC 2181 8).
            if (records.Count < RecordsMax)
                records.Add(ReadData(bytes, at, length, new DnsRecord(name, type, TimeSpan.FromSeconds(ttl > int.MaxValue ? 0 : ttl))));
            at += length;
        }

        return records;
    }

    private static DnsRecord ReadData(ReadOnlySpan<byte> bytes, int at, int length, DnsRecord record)
    {
        var end = at + length;
        switch (record.Type)
        {
            case DnsRecordType.A when length == 4:
            case DnsRecordType.Aaaa when length == 16:
                return record with { Address = new IPAddress(bytes.Slice(at, length)) };
            case DnsRecordType.Cname:
                record = record with { Target = ReadName(bytes, ref at) };
                break;
            case DnsRecordType.Mx when length >= 3:
                at += 2;
                record = record with { Preference = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at - 2)..]), Target = ReadName(bytes, ref at) };
                break;
            case DnsRecordType.Soa:
                ReadName(bytes, ref at);
                ReadName(bytes, ref at);
                Need(bytes, at, 20);
                var minimum = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 16)..]));
                at += 20;
                // RFC 2308 5: the lesser of the SOA's own TTL and its minimum.
                record = record with { NegativeTimeToLive = minimum < record.TimeToLive ? minimum : record.TimeToLive };
                break;
            default:
                return record;
        }

        return at == end ? record : throw new DnsFormatException($"The data of a record of type {record.Type} has not the length it says.");
    }

    // RFC 1035 4.1.4. A pointer must point before where the name (or the last jump) began, so it can't go round in circles, and a name has 255 bytes at most.
    private static string ReadName(ReadOnlySpan<byte> bytes, ref int at)
    {
        var name = new StringBuilder();
        var position = at;
        var before = at;
        var hasJumped = false;
        var total = 0;
        while (true)
        {
            Need(bytes, position, 1);
            int length = bytes[position];
            switch (length & 0xC0)
            {
                case 0xC0:
                    Need(bytes, position, 2);
                    var target = ((length & 0x3F) << 8) | bytes[position + 1];
                    if (target >= before)
                        throw new DnsFormatException("A compressed name points forward.");
                    if (!hasJumped)
                        at = position + 2;
                    hasJumped = true;
                    position = before = target;
                    continue;
                case 0x00 when length == 0:
                    if (!hasJumped)
                        at = position + 1;
                    return name.ToString();
                case 0x00:
                    Need(bytes, position, length + 1);
                    if ((total += length + 1) > 255)
                        throw new DnsFormatException("A name is longer than 255 bytes.");
                    if (name.Length > 0)
                        name.Append('.');
                    foreach (var b in bytes.Slice(position + 1, length))
                    {
                        // A dot inside a label, a blank or a control is escaped (RFC 1035 5.1): as plain text it would make another name of it.
                        if (b is <= (byte)' ' or (byte)'.' or (byte)'\\' or >= 0x7F)
                            name.Append(CultureInfo.InvariantCulture, $"\\{b:000}");
                        else
                            name.Append(char.ToLowerInvariant((char)b));
                    }

                    position += length + 1;
                    break;
                default:
                    throw new DnsFormatException("A name has a label of an unknown kind.");
            }
        }
    }

    private static void Need(ReadOnlySpan<byte> bytes, int at, int count)
    {
        if (at + count > bytes.Length)
            throw new DnsFormatException("A DNS message ends in the middle.");
    }
}
