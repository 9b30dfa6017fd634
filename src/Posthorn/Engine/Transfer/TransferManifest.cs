using System.Security.Cryptography;
using Posthorn.Journal.Format;

namespace Posthorn.Engine.Transfer;

/// <summary>All that a store holds but its messages.</summary>
internal sealed record TransferManifest
{
    /// <summary>The queues, by name.</summary>
    public required IReadOnlyList<TransferQueue> Queues { get; init; }

    /// <summary>The lowest message id that was never given.</summary>
    public required ulong NextMessage { get; init; }

    /// <summary>The lowest identity of a queue that was never given.</summary>
    public required long NextQueue { get; init; }

    /// <summary>The documents, by key; without <see cref="TransferMark"/>.</summary>
    public required IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Documents { get; init; }

    /// <summary>Idempotency keys that are remembered.</summary>
    public required IReadOnlyList<TransferKey> Keys { get; init; }

    /// <summary>Deduplication ids that are remembered.</summary>
    public required IReadOnlyList<TransferDeduplication> Deduplications { get; init; }

    /// <summary>Messages in all, consumed ones included.</summary>
    public long Messages => Queues.Sum(queue => queue.Messages + queue.Consumed);

    /// <summary>Bytes of content in all; a body shared by several counts in each.</summary>
    public long Bytes => Queues.Sum(queue => queue.Bytes + queue.ConsumedBytes);

    /// <summary>
    /// Tells this state of this store from any other, as far as commits change it: with another one a transfer that was begun does not go on.
    /// Keys are left out, since they end by time.
    /// </summary>
    public string Fingerprint()
    {
        using var writer = new ByteWriter();
        writer.Int64((long)NextMessage);
        writer.Int64(NextQueue);
        foreach (var queue in Queues)
        {
            QueueCodec.Write(writer, queue.Identity, queue.Name, queue.Policy, queue.NextNumber);
            foreach (var figure in (long[])[queue.HighestModSeq, queue.Messages, queue.Bytes, queue.Consumed, queue.ConsumedBytes])
                writer.Int64(figure);
        }
        foreach (var (key, value) in Documents)
            DocumentCodec.Write(writer, key, value);
        return Convert.ToHexStringLower(SHA256.HashData(writer.Written));
    }
}
