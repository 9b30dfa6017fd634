using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Transfer;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>The journal as a place that another store is moved into: what comes has its ids, numbers and times already.</summary>
/// <remarks>
/// Messages must come by id: by the ids that were given when a segment was made it is told where a message's first record can be, and with that how long
/// its end must be kept.
/// </remarks>
public sealed partial class JournalEngine
{
    /// <summary>Whether another store is moved into this one: nothing is done to messages by itself.</summary>
    private bool _isImporting;

    /// <summary>Opens the journal of a folder to be filled.</summary>
    /// <param name="files">The folder.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="lastRecord">The number before that of its first record, when it is new: what comes has none above it as the number of its last change.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static Task<JournalEngine> OpenToImportAsync(IJournalFileSystem files, JournalOptions options, TimeProvider time, long lastRecord, CancellationToken cancellationToken)
    {
        var engine = new JournalEngine(files, options, time, SecretNumbers.Next) { _isImporting = true, _lastNumber = (ulong)lastRecord };
        return OpenAsync(engine, async () =>
        {
            await engine.RecoverAsync(null, cancellationToken);
            engine.Start();
        });
    }

    /// <summary>What is moved into it; null when nothing is.</summary>
    internal TransferMark? TransferMark
    {
        get
        {
            lock (_gate)
                return _index.Documents.TryGetValue(Engine.Transfer.TransferMark.Key, out var document) ? Engine.Transfer.TransferMark.Of(document) : null;
        }
    }

    /// <summary>The number of its last record.</summary>
    internal long LastRecord => (long)_lastNumber;

    /// <summary>How much of a transfer is there.</summary>
    internal TransferPosition ImportPosition
    {
        get
        {
            lock (_gate)
            {
                var queues = _index.VisibleQueues.ToList();
                return new TransferPosition(
                    _index.NextMessage - 1, queues.Sum(queue => queue.Messages + queue.Count(MessageState.Consumed)), queues.Sum(queue => queue.Bytes + queue.ConsumedBytes));
            }
        }
    }

    /// <summary>Writes operations that are as they are to be, and completes when they are on stable storage.</summary>
    /// <exception cref="StorageFullException">No space; nothing was written.</exception>
    internal async ValueTask ImportAsync(ImportRecord record)
    {
        var isRetained = false;
        await SubmitAsync(record.Finish(), _ =>
        {
            if (_isFull)
                throw new StorageFullException("There is no space for another journal segment.");
            if (isRetained)
                return;
            isRetained = true;
            foreach (var (body, length, uses) in record.NamedBodies)
            {
                if (length > 0)
                    _index.ShareNew(body, length);
                for (var use = length > 0 ? 1 : 0; use < uses; use++)
                {
                    if (!_index.TryShare(body, owner: 0))
                        throw new InvalidOperationException($"The body at {body} is not there any more.");
                }
            }
        });
    }

    /// <summary>The key of the body of a message that is in memory, as one is whose body others may refer to.</summary>
    internal LogPosition BodyOf(ulong message)
    {
        lock (_gate)
        {
            var slot = _index.Find(new MessageId(message));
            return slot == 0 ? throw new InvalidOperationException($"Message {new MessageId(message)} is not there.") : _index.Entries[slot].Body;
        }
    }

    private void ThrowIfTransferIsUnfinished()
    {
        if (TransferMark is { } mark)
            throw new TransferUnfinishedException(mark.Source);
    }
}
