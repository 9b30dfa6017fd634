using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>
/// What a receipt handle says: which message of which queue was received, under which lease, and when. Sealed with the store's key, so that it is believed
/// without a table of all that were ever given, also after a restart.
/// </summary>
/// <param name="Queue">Tells queues apart (<see cref="TagOf"/>).</param>
/// <param name="Lease">The engine's handle; its lease may have ended.</param>
/// <param name="LeasedAt">When it was received, in Unix seconds.</param>
internal readonly record struct SqsReceipt(ulong Queue, ReceiptHandle Lease, long LeasedAt)
{
    private const byte Version = 1;
    private const int ContentBytes = 1 + 8 + 8 + 8 + 8;

    public MessageId Message => Lease.Message;

    /// <summary>A number that stands for a queue's name: a queue that was emptied, or deleted and made again, keeps it.</summary>
    public static ulong TagOf(QueueName queue) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(queue.Value)));

    /// <summary>The handle: 66 characters of base64url.</summary>
    public string ToText(ReceiptSeal seal)
    {
        Span<byte> bytes = stackalloc byte[ContentBytes + ReceiptSeal.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], Queue);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[9..], Lease.Message.Value);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[17..], Lease.Token);
        BinaryPrimitives.WriteInt64BigEndian(bytes[25..], LeasedAt);
        seal.Write(bytes[..ContentBytes], bytes[ContentBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a handle; false when it is none of this store.</summary>
    public static bool TryParse(ReceiptSeal seal, ReadOnlySpan<char> text, out SqsReceipt receipt)
    {
        receipt = default;
        Span<byte> bytes = stackalloc byte[ContentBytes + ReceiptSeal.Length];
        if (text.Length != Base64Url.GetEncodedLength(bytes.Length)
            || Base64Url.DecodeFromChars(text, bytes, out var read, out var length) != OperationStatus.Done || read != text.Length || length != bytes.Length)
            return false;
        Span<byte> expected = stackalloc byte[ReceiptSeal.Length];
        seal.Write(bytes[..ContentBytes], expected);
        if (bytes[0] != Version || !CryptographicOperations.FixedTimeEquals(expected, bytes[ContentBytes..]))
            return false;
        receipt = new SqsReceipt(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]),
            new ReceiptHandle(new MessageId(BinaryPrimitives.ReadUInt64BigEndian(bytes[9..])), BinaryPrimitives.ReadUInt64BigEndian(bytes[17..])),
            BinaryPrimitives.ReadInt64BigEndian(bytes[25..]));
        return true;
    }
}
