using System.Buffers.Binary;
using System.Net;
using System.Text;
using Posthorn.Protocols.Dns;

namespace Posthorn.UnitTests.Protocols.Dns;

/// <summary>Writes responses as a name server does, for tests.</summary>
internal static class DnsBytes
{
    public static byte[] Response(ushort id, string name, DnsRecordType type, DnsResponseCode code, bool isTruncated, IReadOnlyList<byte[]> answers, IReadOnlyList<byte[]> authorities)
    {
        var bytes = new List<byte>();
        bytes.AddRange(U16(id));
        bytes.AddRange(U16((ushort)(0x8180 | (isTruncated ? 0x200 : 0) | (int)code)));
        bytes.AddRange(U16(1));
        bytes.AddRange(U16((ushort)answers.Count));
        bytes.AddRange(U16((ushort)authorities.Count));
        bytes.AddRange(U16(0));
        bytes.AddRange(Name(name));
        bytes.AddRange(U16((ushort)type));
        bytes.AddRange(U16(1));
        foreach (var record in answers.Concat(authorities))
            bytes.AddRange(record);
        return [.. bytes];
    }

    public static byte[] A(string name, string address, uint ttl = 60) => Record(name, DnsRecordType.A, ttl, IPAddress.Parse(address).GetAddressBytes());

    public static byte[] Aaaa(string name, string address, uint ttl = 60) => Record(name, DnsRecordType.Aaaa, ttl, IPAddress.Parse(address).GetAddressBytes());

    public static byte[] Mx(string name, ushort preference, string host, uint ttl = 60) => Record(name, DnsRecordType.Mx, ttl, [.. U16(preference), .. Name(host)]);

    public static byte[] Cname(string name, string target, uint ttl = 60) => Record(name, DnsRecordType.Cname, ttl, Name(target));

    public static byte[] Soa(string zone, uint ttl, uint minimum) =>
        Record(zone, DnsRecordType.Soa, ttl, [.. Name("ns.example"), 5, .. "a.b.c"u8, 0, .. U32(1), .. U32(2), .. U32(3), .. U32(4), .. U32(minimum)]);

    public static byte[] Record(string name, DnsRecordType type, uint ttl, byte[] data) =>
        [.. Name(name), .. U16((ushort)type), .. U16(1), .. U32(ttl), .. U16((ushort)data.Length), .. data];

    public static byte[] Name(string name) =>
        name.Length == 0 ? [0] : [.. name.Split('.').SelectMany(l => new[] { (byte)l.Length }.Concat(Encoding.ASCII.GetBytes(l))), 0];

    private static byte[] U16(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
