using System.Text.Json;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>Move tasks: one a dead-letter queue at a time, kept as documents so that a restart goes on with them, and another node when the one that did it is gone.</summary>
/// <remarks>
/// Diagnostics: a task ends as FAILED with a code when a message does not say where it came from, or its queue is gone or full; what was moved stays moved.
/// Limits: of the tasks that ended the last <see cref="EndedMax"/> of each queue are kept.
/// </remarks>
internal sealed partial class MoveTasks(IEngine engine, ICluster cluster, ITimeline timeline, TimeProvider time, ILogger<MoveTasks> logger) : IDisposable
{
    private const string Prefix = "sqs/move-tasks/";

    /// <summary>That a task is to be cancelled which another node does: not in its own document, which that node writes.</summary>
    private const string CancelPrefix = "sqs/move-cancels/";

    /// <summary>Most that ListMessageMoveTasks tells.</summary>
    private const int EndedMax = 10;

    /// <summary>How far progress may fall behind on disk.</summary>
    private static readonly TimeSpan s_saveEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new(); // guards _running and _isStopping
    private readonly Dictionary<string, MoveTask> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private bool _isStopping;

    /// <summary>Goes on with what the last stop cut short, and from now on with what nodes leave that die or stop.</summary>
    public void Resume()
    {
        cluster.Changed += TakeUp;
        cluster.DocumentsChanged += CancelAsTold;
        TakeUp();
    }

    private void TakeUp()
    {
        var view = cluster.View;
        foreach (var record in All().Where(r => r.IsActive && IsLeftTo(r, view)).OrderBy(r => r.StartedAt))
            Begin(record with { Node = view.Self.Id });
    }

    private static bool IsLeftTo(MoveTaskRecord record, ClusterView view) =>
        record.Node == view.Self.Id || (!IsAtWork(record, view) && view.IsOwn($"move-task/{record.Id}"));

    private static bool IsAtWork(MoveTaskRecord record, ClusterView view) => view.Nodes.Any(n => n.Id == record.Node && n.State != NodeState.Dead);

    private void CancelAsTold()
    {
        List<MoveTask> told;
        lock (_gate)
            told = [.. _running.Values.Where(t => engine.Document(CancelPrefix + t.Record.Id) is not null)];
        foreach (var task in told)
            _ = Task.Run(() => TryCancelAsync(task));
    }

    private async Task TryCancelAsync(MoveTask task)
    {
        try
        {
            await CancelAsync(task.Record.Id);
        }
        catch (Exception e)
        {
            LogFailed(e, task.Record.Id, task.Record.Source); // it goes on, and is told again with the next document
        }
    }

    /// <summary>Starts a task; null when one runs on the same queue.</summary>
    public async ValueTask<MoveTaskRecord?> StartAsync(MoveTaskRecord record)
    {
        var view = cluster.View;
        record = record with { Node = view.Self.Id };
        var task = All().Any(r => r.IsActive && r.Source == record.Source && r.Node != record.Node && IsAtWork(r, view)) ? null : Claim(record);
        if (task is null)
            return null;
        try
        {
            await SaveAsync(record);
        }
        catch
        {
            Forget(task);
            throw;
        }
        task.Run = Task.Run(() => RunAsync(task));
        return record;
    }

    /// <summary>Cancels a task that runs, durably; null when there is none of this id.</summary>
    public async ValueTask<MoveTaskRecord?> CancelAsync(string id)
    {
        MoveTask? task;
        lock (_gate)
            task = _running.Values.FirstOrDefault(t => t.Record.Id == id);
        if (task is null)
            return await CancelElsewhereAsync(id);
        await task.Saving.WaitAsync();
        try
        {
            if (task.IsEnded)
                return null;
            task.Record = task.Record with { State = MoveTaskState.Cancelling };
            await SaveAsync(task.Record);
            task.Cancel();
            return task.Record;
        }
        finally
        {
            task.Saving.Release();
        }
    }

    private async ValueTask<MoveTaskRecord?> CancelElsewhereAsync(string id)
    {
        var view = cluster.View;
        if (All().FirstOrDefault(r => r.Id == id && r.IsActive && IsAtWork(r, view)) is not { } record)
            return null;
        await engine.CommitAsync(new Commit().SetDocument(CancelPrefix + id, new byte[] { 1 }));
        return record with { State = MoveTaskState.Cancelling };
    }

    /// <summary>The tasks of a queue, the newest first.</summary>
    public IReadOnlyList<MoveTaskRecord> List(QueueName source)
    {
        var kept = All().Where(r => r.Source == source.Value).OrderByDescending(r => r.StartedAt).ThenByDescending(r => r.Id, StringComparer.Ordinal);
        lock (_gate)
            return [.. kept.Select(r => _running.TryGetValue(r.Source, out var task) && task.Record.Id == r.Id ? task.Record : r)];
    }

    public async Task StopAsync()
    {
        cluster.Changed -= TakeUp;
        cluster.DocumentsChanged -= CancelAsTold;
        List<Task> runs;
        lock (_gate)
        {
            _isStopping = true;
            runs = [.. _running.Values.Select(t => t.Run)];
        }
        await _stop.CancelAsync();
        await Task.WhenAll(runs);
    }

    public void Dispose() => _stop.Dispose();

    private MoveTask? Claim(MoveTaskRecord record)
    {
        lock (_gate)
        {
            if (_isStopping)
                return null;
            var task = MoveTask.Of(record);
            return _running.TryAdd(record.Source, task) ? task : null;
        }
    }

    private void Begin(MoveTaskRecord record)
    {
        if (Claim(record) is not { } task)
            return;
        if (record.State == MoveTaskState.Cancelling)
            task.Cancel();
        task.Run = Task.Run(() => RunAsync(task));
    }

    private async Task RunAsync(MoveTask task)
    {
        var record = task.Record;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(task.Cancelled, _stop.Token);
        var (state, reason) = (MoveTaskState.Completed, (string?)null);
        try
        {
            QueueName? destination = record.Destination is { } to ? QueueName.Parse(to) : null;
            var savedAt = time.GetTimestamp();
            var work = new MoveWork(engine, timeline, destination, record.Id, async () =>
            {
                if (time.GetElapsedTime(savedAt) < s_saveEvery)
                    return;
                savedAt = time.GetTimestamp();
                await WriteAsync(task, task.Record);
            });
            var selection = new QueueSelection(engine, [QueueName.Parse(record.Source)], MessageFilter.All);
            var options = new BulkOptions { MessagesPerSecond = record.MessagesPerSecond };
            await new BulkRun(engine, time, selection, work, task.Tally, options).RunAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            state = task.Cancelled.IsCancellationRequested ? MoveTaskState.Cancelled : MoveTaskState.Running; // the next start goes on with it
        }
        catch (MoveFailedException e)
        {
            (state, reason) = (MoveTaskState.Failed, e.Reason);
        }
        catch (Exception e)
        {
            LogFailed(e, record.Id, record.Source);
            (state, reason) = (MoveTaskState.Failed, e is QueueFullException or StorageFullException ? "OverLimit" : "InternalFailure");
        }
        await EndAsync(task, task.Record with { State = state, FailureReason = reason });
    }

    private async Task EndAsync(MoveTask task, MoveTaskRecord record)
    {
        try
        {
            await WriteAsync(task, record, isEnd: true);
        }
        catch (Exception e)
        {
            LogFailed(e, record.Id, record.Source); // it runs again after the next start, and finds less to do
        }
        Forget(task);
    }

    private async ValueTask WriteAsync(MoveTask task, MoveTaskRecord record, bool isEnd = false)
    {
        await task.Saving.WaitAsync();
        try
        {
            task.IsEnded |= isEnd;
            await SaveAsync(record);
        }
        finally
        {
            task.Saving.Release();
        }
    }

    private void Forget(MoveTask task)
    {
        lock (_gate)
            _running.Remove(task.Record.Source);
    }

    private IEnumerable<MoveTaskRecord> All() =>
        engine.Documents(Prefix).Select(d => JsonSerializer.Deserialize(d.Value.Span, MoveTaskJson.Default.MoveTaskRecord)).OfType<MoveTaskRecord>();

    private async ValueTask SaveAsync(MoveTaskRecord record)
    {
        var commit = new Commit().SetDocument(Prefix + record.Id, JsonSerializer.SerializeToUtf8Bytes(record, MoveTaskJson.Default.MoveTaskRecord));
        if (!record.IsActive)
        {
            if (engine.Document(CancelPrefix + record.Id) is not null)
                commit.SetDocument(CancelPrefix + record.Id, null);
            foreach (var old in All().Where(r => r.Source == record.Source && !r.IsActive && r.Id != record.Id).OrderByDescending(r => r.StartedAt).Skip(EndedMax - 1))
                commit.SetDocument(Prefix + old.Id, null);
        }
        await engine.CommitAsync(commit);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Move task {Task} of {Queue} failed")]
    private partial void LogFailed(Exception exception, string task, string queue);
}
