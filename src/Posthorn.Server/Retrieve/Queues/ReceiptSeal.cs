using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>Seals receipt handles, so that nobody makes one up: the first half of an HMAC-SHA-256.</summary>
internal sealed class ReceiptSeal(byte[] key)
{
    public const int Length = HMACSHA256.HashSizeInBytes / 2;

    // With their key set, which costs more than to hash a handle: as many as were ever at work at once.
    private readonly ConcurrentBag<IncrementalHash> _idle = [];

    /// <summary>Writes the seal of some content.</summary>
    public void Write(ReadOnlySpan<byte> content, Span<byte> to)
    {
        if (!_idle.TryTake(out var sealing))
            sealing = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        sealing.AppendData(content);
        sealing.GetHashAndReset(hash);
        hash[..Length].CopyTo(to);
        _idle.Add(sealing);
    }
}
