using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Transfer;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>The journal read whole, to be moved: opened as a start does, but nothing runs in it.</summary>
public sealed partial class JournalEngine
{
    private const int ListedAtOnce = 16_384;

    /// <summary>Opens the journal of a folder to be read and nothing else; to be closed by <see cref="AbandonAsync"/>.</summary>
    /// <param name="files">The folder, which is written to as a start does: one that keeps that in memory (<see cref="OverlayFileSystem"/>).</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static Task<JournalEngine> OpenToExportAsync(OverlayFileSystem files, JournalOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var engine = new JournalEngine(files, options, time, SecretNumbers.Next);
        return OpenAsync(engine, () => engine.RecoverAsync(null, cancellationToken));
    }

    internal TransferManifest Manifest()
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            return new TransferManifest
            {
                Queues =
                [
                    .. _index.VisibleQueues.OrderBy(queue => queue.Name).Select(queue => new TransferQueue(
                        queue.Identity, queue.Name, queue.Policy, queue.NextNumber, queue.HighestModSeq, queue.Messages, queue.Bytes, queue.Count(MessageState.Consumed), queue.ConsumedBytes)),
                ],
                NextMessage = _index.NextMessage,
                NextQueue = _index.NextQueue,
                Documents =
                [
                    .. _index.Documents.Where(document => document.Key != Engine.Transfer.TransferMark.Key)
                        .Select(document => KeyValuePair.Create<string, ReadOnlyMemory<byte>>(document.Key, document.Value)),
                ],
                Keys = [.. _index.Keys.All.Where(key => key.Key.Queue == 0).Select(key => new TransferKey(key.Key.Text, key.Value.EndsAt, key.Value.Added, key.Value.Moved ?? []))],
                Deduplications =
                [
                    .. _index.Keys.All.Where(key => key.Key.Queue != 0 && _index.QueueByIdentity(key.Key.Queue) is { IsVisible: true })
                        .Select(key => new TransferDeduplication(key.Key.Queue, key.Key.Group, key.Key.Text, key.Value.EndsAt, key.Value.First)),
                ],
            };
        }
    }

    /// <summary>The places of the messages behind an id, ascending by id: as many as are asked for. Looks at all messages for them.</summary>
    internal async Task<IReadOnlyList<MessagePlace>> PlacesAsync(ulong after, int max, CancellationToken cancellationToken)
    {
        var lowest = new LowestPlaces(after, max);
        foreach (var queue in Queues())
        {
            for (long from = 0; from >= 0;)
            {
                var listed = await ListAsync(queue.Name, from, ListedAtOnce, cancellationToken);
                foreach (var message in listed)
                    lowest.Add(new MessagePlace(message.Id.Value, queue.Name, message.Number));
                from = listed.Count < ListedAtOnce ? -1 : listed[^1].Number + 1;
            }
            lock (_gate)
            {
                var slots = _index.Queues[queue.Name.Value].ConsumedSlots;
                for (var number = slots.Next(0); number >= 0; number = slots.Next(number + 1))
                    lowest.Add(new MessagePlace(_index.Entries[slots[number]].Id, queue.Name, MessagePlace.Consumed));
            }
        }
        await PageOutAsync();
        return lowest.InOrder();
    }

    /// <summary>Reads messages where they are, in the order given.</summary>
    /// <exception cref="BodyLostException">The record or the body of one is damaged.</exception>
    internal async Task<List<TransferMessage>> ReadAsync(IReadOnlyList<MessagePlace> places, CancellationToken cancellationToken)
    {
        var views = new List<MessageView>(places.Count);
        foreach (var queue in places.Where(place => !place.IsConsumed).GroupBy(place => place.Queue))
        {
            long[] numbers = [.. queue.Select(place => place.Number)];
            views.AddRange(await WithNumbersAsync(queue.Key, numbers, state => ViewsOf(state, numbers)));
        }
        lock (_gate)
        {
            foreach (var place in places.Where(place => place.IsConsumed))
                views.Add(ViewOf(_index.Find(new MessageId(place.Id))));
        }
        var messages = new List<TransferMessage>(views.Count);
        foreach (var view in views.OrderBy(view => view.Entry.Id))
            messages.Add(await ReadWholeAsync(view, cancellationToken));
        return messages.Count == places.Count ? messages : throw new InvalidOperationException("Messages were listed that are not there.");
    }

    /// <summary>The messages up to an id whose bodies are counted, by id.</summary>
    internal List<(ulong Message, long Body)> SharedBodies(ulong until)
    {
        var found = new List<(ulong Message, long Body)>();
        lock (_gate)
        {
            for (var slot = 1; slot < _index.Entries.SlotsEnd; slot++)
            {
                ref var entry = ref _index.Entries[slot];
                if (entry.Id != 0 && entry.Id <= until && entry.IsShared && !entry.Body.IsNone)
                    found.Add((entry.Id, entry.Body.Value));
            }
        }
        found.Sort();
        return found;
    }

    internal ValueTask<Stream> OpenBodyAsync(in MessageRecord record, CancellationToken cancellationToken) =>
        OpenAsync(new Content(new StoredBody(record.Body, record.BodyLength, record.Id)), cancellationToken);

    private async ValueTask<TransferMessage> ReadWholeAsync(MessageView view, CancellationToken cancellationToken)
    {
        var record = await ReadRecordAsync(view)
            ?? throw new BodyLostException($"The record of message {new MessageId(view.Entry.Id)} at {view.Entry.Record} is damaged. Run 'posthorn journal check'.", isDamaged: true);
        record.ReceiveCount = view.Entry.ReceiveCount;
        record.IsShared = view.Entry.IsShared;
        record.IsDue |= view.Entry.State == MessageState.Ready;
        byte[]? bytes = null;
        if (!record.Body.IsNone && !record.Body.IsFile)
        {
            bytes = new byte[record.BodyLength];
            await using var body = await OpenBodyAsync(record, cancellationToken);
            await body.ReadExactlyAsync(bytes, cancellationToken);
        }
        return new TransferMessage(record, view.Entry.ModSeq) { Bytes = bytes is null ? default(ReadOnlyMemory<byte>?) : bytes };
    }
}
