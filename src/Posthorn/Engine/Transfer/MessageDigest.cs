using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Engine.Transfer;

/// <summary>Sums of messages, over all fields and the body's CRC-32C, that come out the same in every engine. One caller at a time.</summary>
/// <remarks>
/// Not in it is what is an engine's own: where the body lies, whether it is shared, whether the message was due when it was written. Receive counts
/// count up to 65 535, which the journal's do; a NUL in an error is the replacement character that PostgreSQL's text has in its place.
/// </remarks>
internal sealed class MessageDigest(TransferSource source) : IDisposable
{
    private const int BufferBytes = 128 << 10;

    /// <summary>Checksums of shared bodies by their key, so that each is read once.</summary>
    private readonly Dictionary<long, uint> _shared = [];
    private readonly ByteWriter _writer = new();

    public void Dispose() => _writer.Dispose();

    public async ValueTask<UInt128> OfAsync(TransferMessage message, CancellationToken cancellationToken)
    {
        var checksum = await ChecksumAsync(message, cancellationToken);
        _writer.Clear();
        MessageCodec.Write(_writer, OperationKind.Put, Comparable(message.Record));
        _writer.Int64(message.ModSeq);
        _writer.Int64(checksum);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_writer.Written, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static MessageRecord Comparable(in MessageRecord record) => record with
    {
        BodyPlace = BodyPlace.None,
        Body = LogPosition.None,
        IsShared = false,
        IsDue = false,
        LeaseGoesOn = false,
        ReceiveCount = Math.Min(record.ReceiveCount, ushort.MaxValue),
        Attributes = record.Attributes.Count < 2 ? record.Attributes : new SortedDictionary<string, AttributeValue>(record.Attributes.ToDictionary(), StringComparer.Ordinal),
        LastError = record.LastError?.Replace('\0', '\uFFFD'),
    };

    private async ValueTask<uint> ChecksumAsync(TransferMessage message, CancellationToken cancellationToken)
    {
        if (message.Bytes is { } bytes)
            return Checksum.Of(bytes.Span);
        if (message.Record.Body.IsNone)
            return 0;
        if (_shared.TryGetValue(message.Record.Body.Value, out var known))
            return known;
        var sum = Checksum.Of([]);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var body = await source.OpenBodyAsync(message, cancellationToken);
            for (int count; (count = await body.ReadAsync(buffer, cancellationToken)) > 0;)
                sum = Checksum.Add(sum, buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (message.Record.IsShared)
            _shared.Add(message.Record.Body.Value, sum);
        return sum;
    }
}
