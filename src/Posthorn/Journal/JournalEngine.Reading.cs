using System.Buffers;
using System.Runtime.CompilerServices;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Reading messages and bodies: from memory when they were written lately, else from the files, verified either way from disk.</summary>
public sealed partial class JournalEngine
{
    /// <summary>What is read of a message at first; most fit.</summary>
    private const int FirstRead = 1024;

    internal int InlineBodyBytesMax => _options.InlineBodyBytesMax;

    internal long NowTicks => Now.UtcTicks;

    /// <inheritdoc/>
    public IBodyWriter CreateBody() => WriterOf(_options.InlineBodyBytesMax);

    /// <inheritdoc/>
    public async ValueTask<Message?> FindAsync(MessageId id, CancellationToken cancellationToken = default)
    {
        var found = await WithAsync<MessageView?>(id.Value, () =>
        {
            Tick();
            var slot = _index.Find(id);
            return slot == 0 ? null : ViewOf(slot);
        });
        if (found is not { } view)
            return null;
        return await ReadAsync(view) ?? throw DamagedRecord(view);
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (content.Body.Bytes is { } bytes)
            return ValueTask.FromResult<Stream>(new MemoryContentStream(content, bytes));
        if (content.Body is not StoredBody body)
            throw new ArgumentException("The body comes from another engine.", nameof(content));
        return body.Key.IsOutside ? OpenOutsideAsync(content, body, cancellationToken) : body.Key.IsFile ? OpenFileAsync(content, body) : OpenStoredAsync(content, body);
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (content.Body is not StoredBody { Key.IsFile: false } body)
            return ContentStart.TryReadAsync(this, content, target, checksum, cancellationToken);
        return target.Length > content.Length ? ValueTask.FromResult(false) : TryReadStartAsync(content, body, target, checksum);
    }

    internal async ValueTask<StoredBody> SpillAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var writer = WriterOf(inlineBytesMax: -1);
        try
        {
            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(bytes.Length - at, 4 * BodyFileFormat.BlockLength);
                bytes.Slice(at, count).CopyTo(writer.GetMemory(count));
                writer.Advance(count);
                await writer.FlushAsync(cancellationToken);
                at += count;
            }
            return (StoredBody)await writer.CompleteAsync(cancellationToken);
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }
    }

    private IBodyWriter WriterOf(int inlineBytesMax) => _outside is { } outside ? new OutsideBodyWriter(outside, inlineBytesMax) : new BodyWriter(_bodyFiles, inlineBytesMax);

    /// <summary>A message as it stands, for a commit that changes it; null when there is none.</summary>
    internal async ValueTask<ReadMessage?> ReadForChangeAsync(MessageReference reference, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        MessageView view;
        QueuePolicy policy;
        bool isLeased;
        lock (_gate)
        {
            var slot = _index.Find(reference.Id);
            if (slot == 0)
                return null;
            view = ViewOf(slot);
            policy = _index.QueueOf(view.Entry).Policy;
            isLeased = view.Entry.State == MessageState.Leased;
        }
        var record = await ReadRecordAsync(view) ?? throw DamagedRecord(view);
        record.ReceiveCount = view.Entry.ReceiveCount;
        record.IsShared = view.Entry.IsShared;
        return new ReadMessage(record, view.Entry.Record, view.Queue, policy, isLeased);
    }

    /// <summary>Does something under the lock for which a message must be in memory, when it exists.</summary>
    private async ValueTask<T> WithAsync<T>(ulong id, Func<T> use)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            if (_index.Find(new MessageId(id)) != 0 || !_index.MayBeCold(id))
                return use();
        }
        var claim = new ColdClaim { Wanted = { id } };
        try
        {
            await BringInAsync(claim);
            lock (_gate)
            {
                ThrowIfOutOfService();
                return use();
            }
        }
        finally
        {
            Release(claim);
        }
    }

    /// <summary>What is needed to read a message outside of the lock; its source must be released, by reading it.</summary>
    private MessageView ViewOf(int slot)
    {
        ref var entry = ref _index.Entries[slot];
        return new MessageView(entry, slot, _index.QueueOf(entry).Name, Pin(entry.Record));
    }

    private PinnedBytes Pin(LogPosition position) =>
        _recent.TryPin(position, out var bytes) ? bytes : new PinnedBytes(_index.Segments.Find(position.Segment)!, position.Offset);

    /// <summary>Reads a message.</summary>
    /// <returns>Null when its record is damaged.</returns>
    private ValueTask<Message?> ReadAsync(MessageView view) =>
        view.Source.IsInMemory ? ValueTask.FromResult(ReadInMemory(view)) : ReadFromDiskAsync(view);

    private Message? ReadInMemory(in MessageView view)
    {
        try
        {
            return ToMessage(view, MessageCodec.Read(view.Source.Memory, view.Entry.Record));
        }
        finally
        {
            view.Source.Release();
        }
    }

    private async ValueTask<Message?> ReadFromDiskAsync(MessageView view) =>
        await ReadRecordAsync(view) is { } record ? ToMessage(view, record) : null;

    private async ValueTask<MessageRecord?> ReadRecordAsync(MessageView view)
    {
        byte[]? buffer = null;
        try
        {
            if (view.Source.IsInMemory)
                return MessageCodec.Read(view.Source.Memory, view.Entry.Record);
            buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
            var count = await view.Source.ReadAsync(0, buffer.AsMemory(0, FirstRead));
            if (count < Operation.HeaderLength)
                return null;
            var length = Operation.Length(buffer);
            if (length > count)
            {
                if (length > RecordHeader.RecordBytesMax)
                    return null;
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(length);
                count = await view.Source.ReadAsync(0, buffer.AsMemory(0, length));
            }
            return IsRecordOf(view, buffer.AsSpan(0, count)) ? MessageCodec.Read(buffer, view.Entry.Record) : null;
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
            view.Source.Release();
        }
    }

    private static BodyLostException DamagedRecord(in MessageView view) =>
        new($"The record of message {new MessageId(view.Entry.Id)} at {view.Entry.Record} is damaged.", isDamaged: true);

    /// <summary>Says that a message's record is damaged.</summary>
    private void Complain(in MessageView view)
    {
        lock (_gate)
            _complaint = $"The record of message {new MessageId(view.Entry.Id)} at {view.Entry.Record} cannot be read. Run 'posthorn journal check'.";
    }

    private static Message ToMessage(in MessageView view, in MessageRecord record) => new()
    {
        Id = new MessageId(record.Id),
        Origin = new MessageId(record.Origin),
        Queue = view.Queue,
        Number = record.Number,
        Group = record.Group,
        DeduplicationId = record.DeduplicationId,
        State = view.Entry.State,
        Priority = record.Priority,
        AcceptedAt = new DateTimeOffset(record.AcceptedAt, TimeSpan.Zero),
        EnqueuedAt = new DateTimeOffset(record.EnqueuedAt, TimeSpan.Zero),
        DueAt = new DateTimeOffset(record.DueAt, TimeSpan.Zero),
        ReceiveCount = view.Entry.ReceiveCount,
        Envelope = record.Envelope,
        Attributes = record.Attributes,
        Flags = record.Flags,
        ModSeq = view.Entry.ModSeq,
        LastError = record.LastError,
        Content = new Content(record.Body.IsNone ? Body.Empty : new StoredBody(record.Body, record.BodyLength, record.Id))
        {
            Prefix = record.Prefix,
            Skip = record.Skip,
        },
    };

    private async ValueTask<Stream> OpenFileAsync(Content content, StoredBody body)
    {
        try
        {
            return new ReaderContentStream(content, await _bodyFiles.OpenAsync(body.Key, body.Length));
        }
        catch (BodyLostException e) when (!e.IsDamaged && IsNamed(body.Key))
        {
            throw new BodyLostException($"The file of the body {body.Key} is missing, though messages have it.", isDamaged: true, e);
        }
    }

    private bool IsNamed(LogPosition body)
    {
        lock (_gate)
            return _index.IsNamed(body);
    }

    /// <summary>Where a body in the journal lies; to be released.</summary>
    /// <exception cref="BodyLostException">It is gone.</exception>
    private ValueTask<PinnedBytes> PinAsync(StoredBody body)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            if (_index.Find(new MessageId(body.Owner)) != 0 || !_index.MayBeCold(body.Owner))
                return ValueTask.FromResult(PinBody(body));
        }
        return WithAsync(body.Owner, () => PinBody(body));
    }

    private PinnedBytes PinBody(StoredBody body) => _index.IsAlive(body.Key, body.Owner) && _index.LocationOf(body.Key) is { } place
        ? Pin(place)
        : throw new BodyLostException($"The body at {body.Key} is gone: its last message was removed.", isDamaged: false);

    private async ValueTask<bool> TryReadStartAsync(Content content, StoredBody body, Memory<byte> target, uint checksum)
    {
        var prefix = content.Prefix[..Math.Min(content.Prefix.Length, target.Length)];
        prefix.CopyTo(target);
        var rest = target[prefix.Length..];
        var source = await PinAsync(body);
        try
        {
            var skip = BodyCodec.HeaderLength + (int)content.Skip;
            if (source.IsInMemory)
                source.Memory.Slice(skip, rest.Length).CopyTo(rest.Span);
            else if (await source.ReadAsync(skip, rest) != rest.Length)
                return false;
        }
        finally
        {
            source.Release();
        }
        return Checksum.Of(target.Span) == checksum;
    }

    private async ValueTask<Stream> OpenStoredAsync(Content content, StoredBody body)
    {
        var source = await PinAsync(body);
        var length = BodyCodec.HeaderLength + (int)body.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (source.IsInMemory)
                source.Memory[..length].CopyTo(buffer);
            else if (await source.ReadAsync(0, buffer.AsMemory(0, length)) != length || !IsIntact(buffer.AsSpan(0, length)))
                throw new BodyLostException($"The body at {body.Key} is damaged: the disk returned other bytes than were written.", isDamaged: true);
            return new MemoryContentStream(content, buffer.AsMemory(BodyCodec.HeaderLength..length), buffer);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
        finally
        {
            source.Release();
        }
    }

    private static bool IsIntact(ReadOnlySpan<byte> body)
    {
        var (length, checksum) = BodyCodec.ReadHeader(body);
        return length == body.Length - BodyCodec.HeaderLength && checksum == Checksum.Of(body[BodyCodec.HeaderLength..]);
    }
}
