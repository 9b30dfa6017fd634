using System.Buffers.Binary;
using System.Security.Cryptography;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Retrieve.Queues;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>
/// What this store's receipt handles are sealed with, and what tells its message ids from another store's. Made once and kept, so that handles
/// are good and ids the same after a restart.
/// </summary>
internal sealed class SqsSecrets
{
    private const string Document = "sqs/secrets";
    private const int KeyBytes = 32;
    private const int Length = KeyBytes + 16;

    private readonly ulong _mask;
    private readonly ulong _store;

    private SqsSecrets(ReadOnlySpan<byte> bytes)
    {
        Seal = new ReceiptSeal(bytes[..KeyBytes].ToArray());
        _mask = BinaryPrimitives.ReadUInt64BigEndian(bytes[KeyBytes..]);
        _store = BinaryPrimitives.ReadUInt64BigEndian(bytes[(KeyBytes + 8)..]);
    }

    /// <summary>Seals receipt handles.</summary>
    public ReceiptSeal Seal { get; }

    /// <summary>Those of the store; made by the first node that comes.</summary>
    public static async ValueTask<SqsSecrets> OpenAsync(IEngine engine, TimeProvider time, CancellationToken cancellationToken) =>
        new((await engine.DocumentAsync(Document, () => RandomNumberGenerator.GetBytes(Length), time, cancellationToken)).Span);

    /// <summary>
    /// A message's id as clients expect it, a UUID (version 4 in its form): always the same for the same message, in whatever queue it is, and
    /// never another message's, in this store or in any.
    /// </summary>
    public string IdOf(MessageId message)
    {
        // Steps that can be undone, each: so no two ids become one. They spread what would otherwise count up.
        var x = message.Value ^ _mask;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        x ^= x >> 31;
        Span<byte> uuid = stackalloc byte[16];
        // 48 bits, the version, 12 bits of the store, the variant, 46 bits of the store and the 16 that are left.
        BinaryPrimitives.WriteUInt64BigEndian(uuid, (x & 0xFFFF_FFFF_FFFF_0000) | 0x4000 | (_store >> 52));
        BinaryPrimitives.WriteUInt64BigEndian(uuid[8..], 0x8000_0000_0000_0000 | ((x & 0xFFFF) << 46) | (_store & 0x3FFF_FFFF_FFFF));
        return new Guid(uuid, bigEndian: true).ToString();
    }
}
