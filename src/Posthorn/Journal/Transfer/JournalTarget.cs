using Posthorn.Bodies;
using Posthorn.Engine.Transfer;
using Posthorn.Files;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Transfer;

/// <summary>A folder into whose journal another store is moved.</summary>
public sealed class JournalTarget : TransferTarget
{
    private const int OperationBytesMax = 1 << 20;
    private const int ReadAtOnce = 64 << 10;

    private readonly IJournalFileSystem _files;
    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private JournalEngine? _engine;

    /// <summary>A target.</summary>
    /// <param name="files">The folder; the caller's.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock.</param>
    public JournalTarget(IJournalFileSystem files, string name, JournalOptions options, TimeProvider time) => (_files, Name, _options, _time) = (files, name, options, time);

    /// <inheritdoc/>
    public override string Name { get; }

    private JournalEngine Engine => _engine ?? throw new InvalidOperationException("The target is not open.");

    internal override async ValueTask<TransferPosition?> LookAsync(TransferMark mark, CancellationToken cancellationToken)
    {
        if (_files.List(Segment.Folder).Count == 0)
            return null;
        var engine = await JournalEngine.OpenToExportAsync(new OverlayFileSystem(_files), _options, _time, cancellationToken);
        try
        {
            return IsBegun(engine, mark) ? engine.ImportPosition : null;
        }
        finally
        {
            await engine.AbandonAsync();
        }
    }

    internal override async ValueTask<TransferPosition> BeginAsync(TransferMark mark, TransferManifest manifest, CancellationToken cancellationToken)
    {
        await LookAsync(mark, cancellationToken); // a journal of somebody else's is not touched
        var lastRecord = manifest.Queues.Select(queue => queue.HighestModSeq).DefaultIfEmpty(0).Max();
        _engine = await JournalEngine.OpenToImportAsync(_files, _options, _time, lastRecord, cancellationToken);
        if (IsBegun(Engine, mark))
            return Engine.ImportPosition;
        if (Engine.LastRecord < lastRecord)
            throw new TransferException($"{Name} has a journal already, which is empty: remove its folder 'journal' first.");
        var record = new ImportRecord();
        foreach (var queue in manifest.Queues)
            record.AddQueue(queue);
        record.AddDocument(TransferMark.Key, mark.ToDocument());
        await Engine.ImportAsync(record);
        return default;
    }

    internal override async ValueTask WriteAsync(TransferBatch batch, TransferSource source, CancellationToken cancellationToken)
    {
        var inline = new List<(TransferBody Body, ReadOnlyMemory<byte> Bytes)>();
        var large = new List<(TransferBody Body, StoredBody Stored, IBodyWriter Writer)>();
        try
        {
            var record = new ImportRecord();
            foreach (var body in batch.Bodies.Values)
            {
                if (body.TargetKey is { } key)
                    record.NamedBodies.Add((new LogPosition(key), 0, body.Uses));
                else if (body.First.Bytes is { } bytes && bytes.Length <= _options.InlineBodyBytesMax)
                    inline.Add((body, bytes));
                else
                    await PlaceAsync(body, source, inline, large, cancellationToken);
            }
            foreach (var (body, stored, _) in large)
            {
                body.TargetKey = stored.Key.Value;
                record.NamedBodies.Add((stored.Key, stored.Length, body.Uses));
            }
            record.AddBodies(inline);
            foreach (var (message, body) in batch.Items)
                record.AddMessage(message, body);
            await Engine.ImportAsync(record);
            foreach (var (_, stored, _) in large)
                stored.Writer!.HandOver(stored);
        }
        finally
        {
            foreach (var (_, _, writer) in large)
                await writer.DisposeAsync();
        }
        foreach (var (body, _) in inline.Where(one => one.Body.IsShared))
            body.TargetKey = Engine.BodyOf(body.First.Record.Id).Value;
    }

    internal override ValueTask<IReadOnlyList<long>> BodiesOfAsync(IReadOnlyList<ulong> messages, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<long>>([.. messages.Select(message => Engine.BodyOf(message).Value)]);

    internal override async ValueTask SettleAsync(TransferManifest manifest, CancellationToken cancellationToken)
    {
        var record = new ImportRecord();
        foreach (var key in manifest.Keys)
            await AddAsync(r => r.AddKey(key));
        foreach (var one in manifest.Deduplications)
            await AddAsync(r => r.AddDeduplication(one));
        foreach (var (key, value) in manifest.Documents)
            await AddAsync(r => r.AddDocument(key, value));
        record.AddCounters(manifest.NextMessage, manifest.NextQueue);
        await Engine.ImportAsync(record);

        async ValueTask AddAsync(Action<ImportRecord> add)
        {
            add(record);
            if (record.OperationBytes < OperationBytesMax)
                return;
            await Engine.ImportAsync(record);
            record = new ImportRecord();
        }
    }

    internal override async ValueTask<TransferSource> ReadBackAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        return await JournalSource.OpenAsync(_files, Name, _options, _time, placesMax: 1 << 20, cancellationToken);
    }

    internal override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _engine ??= await JournalEngine.OpenToImportAsync(_files, _options, _time, 0, cancellationToken);
        var record = new ImportRecord();
        record.AddDocument(TransferMark.Key, null);
        await Engine.ImportAsync(record);
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_engine is { } engine)
            await engine.DisposeAsync();
        _engine = null;
        GC.SuppressFinalize(this);
    }

    /// <exception cref="TransferException">It holds something else.</exception>
    private bool IsBegun(JournalEngine engine, TransferMark mark)
    {
        if (engine.TransferMark is { } begun)
        {
            begun.ThrowIfOtherThan(mark);
            return true;
        }
        if (engine.Queues().Count > 0 || engine.Documents("").Count > 0)
            throw new TransferException($"{Name} is not empty: it holds {engine.Queues().Count} queues. Give an empty target, or remove its folder 'journal' first.");
        return false;
    }

    /// <summary>Puts a body that is not at hand, or too long for a record, into a file or the store outside; on stable storage before the record that names it.</summary>
    private async ValueTask PlaceAsync(
        TransferBody body, TransferSource source, List<(TransferBody Body, ReadOnlyMemory<byte> Bytes)> inline, List<(TransferBody Body, StoredBody Stored, IBodyWriter Writer)> large,
        CancellationToken cancellationToken)
    {
        var writer = Engine.CreateBody();
        try
        {
            await using var stream = body.First.Bytes is { } bytes ? new MemoryContentStream(new Content(Body.Of(bytes)), bytes) : await source.OpenBodyAsync(body.First, cancellationToken);
            for (int count; (count = await stream.ReadAsync(writer.GetMemory(ReadAtOnce), cancellationToken)) > 0;)
            {
                writer.Advance(count);
                await writer.FlushAsync(cancellationToken);
            }
            var completed = await writer.CompleteAsync(cancellationToken);
            if (completed is not StoredBody stored)
            {
                inline.Add((body, completed.Bytes!.Value));
                return;
            }
            await stored.Writer!.MakeDurableAsync();
            large.Add((body, stored, writer));
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }
    }
}
