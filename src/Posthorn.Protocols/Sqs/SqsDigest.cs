using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Sqs;

/// <summary>The MD5 digests by which clients check that a message came as it was sent. A checksum here, no protection.</summary>
[SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "The protocol's checksum.")]
public static class SqsDigest
{
    /// <summary>How long a digest is: lower-case hexadecimal digits.</summary>
    public const int Length = 2 * MD5.HashSizeInBytes;

    /// <summary>Of a body.</summary>
    /// <param name="body">Its bytes.</param>
    /// <param name="digits">Where the digest is written: <see cref="Length"/> characters.</param>
    public static void OfBody(ReadOnlySpan<byte> body, Span<char> digits)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(body, hash);
        Convert.TryToHexStringLower(hash, digits, out _);
    }

    /// <summary>
    /// Of attributes, sorted by name: for each the length (four bytes, big endian) and UTF-8 of name and type, a byte that is 1 for text and numbers and
    /// 2 for binary values, and length and bytes of the value. Null when there are none.
    /// </summary>
    public static string? OfAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        if (attributes.Count == 0)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var attribute in attributes.Count == 1 ? attributes : [.. attributes.OrderBy(a => a.Name, StringComparer.Ordinal)])
        {
            Append(hash, Encoding.UTF8.GetBytes(attribute.Name));
            Append(hash, Encoding.UTF8.GetBytes(attribute.DataType ?? ""));
            hash.AppendData([attribute.IsBinary ? (byte)2 : (byte)1]);
            Append(hash, attribute.Value.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
