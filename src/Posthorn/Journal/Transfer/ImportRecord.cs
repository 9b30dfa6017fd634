using Posthorn.Commits;
using Posthorn.Engine.Transfer;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal.Transfer;

/// <summary>A record of what another store held, with ids, numbers, times and numbers of changes as they were there.</summary>
internal sealed class ImportRecord
{
    private readonly PendingCommit _pending = new() { IsInternal = true };
    private readonly List<(int At, int Offset)> _inlineUses = [];
    private readonly Dictionary<TransferBody, int> _inline = [];

    /// <summary>Bodies that messages name by their keys: a new file's with its length, any other's with 0; and how many do.</summary>
    public List<(LogPosition Body, long Length, int Uses)> NamedBodies { get; } = [];

    public int OperationBytes => _pending.Operations.Length;

    /// <summary>Says which bodies ride in the record; before anything else is added.</summary>
    public void AddBodies(IReadOnlyList<(TransferBody Body, ReadOnlyMemory<byte> Bytes)> bodies)
    {
        if (bodies.Count == 0)
            return;
        BodyCodec.ReserveTable(_pending.Operations, bodies.Count);
        foreach (var (body, bytes) in bodies)
        {
            _inline.Add(body, _pending.BodiesLength);
            _pending.Bodies.Add(bytes);
            _pending.BodiesLength += BodyCodec.Space(bytes.Length);
        }
    }

    public void AddMessage(TransferMessage message, TransferBody? body)
    {
        var record = message.Record;
        record.LeaseGoesOn = false;
        if (body is null)
            (record.BodyPlace, record.Body, record.IsShared) = (BodyPlace.None, LogPosition.None, false);
        else if (body.TargetKey is { } key)
            (record.BodyPlace, record.Body, record.IsShared) = (BodyPlace.Key, new LogPosition(key), true);
        else
            (record.BodyPlace, record.Body, record.IsShared) = (BodyPlace.Here, LogPosition.None, record.IsShared || body.Uses > 1);
        var at = MessageCodec.Write(_pending.Operations, OperationKind.Add, record);
        _pending.Operations.Take(MessageLayout.ModSeqLength);
        MessageLayout.SetModSeq(_pending.Operations.Written[at..], message.ModSeq);
        if (record.BodyPlace == BodyPlace.Here)
            _inlineUses.Add((at, _inline[body!]));
    }

    public void AddQueue(TransferQueue queue) => QueueCodec.Write(_pending.Operations, queue.Identity, queue.Name, queue.Policy, queue.NextNumber);

    public void AddDocument(string key, ReadOnlyMemory<byte>? value) => DocumentCodec.Write(_pending.Operations, key, value);

    public void AddKey(TransferKey key)
    {
        var at = KeyCodec.Write(_pending.Operations, key.Key, key.Added.Count, key.Moved.Count);
        KeyCodec.Set(_pending.Operations.Written[at..], key.EndsAt - CommitLimits.KeyLife.Ticks, [.. key.Added], [.. key.Moved]);
    }

    public void AddDeduplication(TransferDeduplication one)
    {
        var at = DeduplicationCodec.Write(_pending.Operations, one.Group, one.Id);
        DeduplicationCodec.Set(_pending.Operations.Written[at..], one.Queue, isByGroup: one.Group.Length > 0, one.EndsAt, one.First);
    }

    public void AddCounters(ulong nextMessage, long nextQueue) => CountersCodec.Write(_pending.Operations, nextMessage, nextQueue);

    /// <summary>The record as it is submitted; nothing is added any more.</summary>
    public PendingCommit Finish()
    {
        var operations = _pending.Operations;
        (_pending.OperationsLength, _pending.RecordLength) = (operations.Length, _pending.Length);
        foreach (var (at, offset) in _inlineUses)
            MessageLayout.Set(operations.Written[at..], MessageLayout.BodyAt, (long)operations.Length - at + offset);
        return _pending;
    }
}
