using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Engine;
using Posthorn.Operations;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Admin.Steering;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>Takes commands on many messages, shows beforehand what they would do, and runs them as tasks: a few at once, the others wait.</summary>
/// <remarks>Tasks live in memory. A restart ends them; what they had committed stays done, and the same command may be given again.</remarks>
internal sealed class CommandDesk(
    IEngine engine, MessagePlanner planner, OrderDesk orders, ITimeline timeline, TimeProvider time, ILogger<CommandDesk> log) : IAsyncDisposable
{
    /// <summary>Most tasks at work at once: they read the disk that deliveries read too.</summary>
    private const int RunningMax = 2;

    /// <summary>Most tasks that run or wait; one more is refused (429).</summary>
    private const int OpenMax = 100;

    /// <summary>Ended tasks that are remembered.</summary>
    private const int EndedMax = 100;

    /// <summary>Messages that a preview shows.</summary>
    private const int PreviewMax = 10;

    private readonly Lock _gate = new(); // guards _tasks and _byKey
    private readonly List<CommandTask> _tasks = [];
    private readonly Dictionary<string, CommandTask> _byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<CommandTask, Task> _runs = new();
    private readonly SemaphoreSlim _running = new(RunningMax);
    private readonly CancellationTokenSource _closing = new();

    public IReadOnlyList<TaskInfo> List()
    {
        lock (_gate)
            return [.. _tasks.Select(t => t.ToContract()).Reverse()];
    }

    /// <exception cref="ProblemException">There is no such task.</exception>
    public CommandTask Find(string id)
    {
        lock (_gate)
            return _tasks.Find(t => t.Id == id) ?? throw Problems.NotFound("task", id);
    }

    public async Task<MessagePreview> PreviewAsync(MessageCommand command, CancellationToken cancellationToken)
    {
        var selection = Check(command);
        var (count, first) = (0L, new List<MessageInfo>());
        await foreach (var message in selection.ReadAsync(after: null, cancellationToken))
        {
            count++;
            if (first.Count < PreviewMax)
                first.Add(message.ToContract());
        }
        return new MessagePreview(count, first);
    }

    /// <summary>Starts a command; one with a duration gives its standing order first, so that nothing slips through between the two.</summary>
    public async Task<TaskInfo> StartAsync(MessageCommand command, Account by, string? key, CancellationToken cancellationToken)
    {
        if (command.For is null)
            return Start(command, by, key);
        Check(command);
        if (Repeated(key) is { } first)
            return first.ToContract();
        var order = await orders.GiveAsync(OrderDesk.RequestOf(command), by, key, cancellationToken);
        return Start(command, by, key, order.Id);
    }

    public TaskInfo Start(MessageCommand command, Account by, string? key, string? order = null)
    {
        var selection = Check(command);
        CommandTask task;
        lock (_gate)
        {
            if (key is not null && _byKey.TryGetValue(key, out var first))
                return first.ToContract();
            if (_tasks.Count(t => !t.Ended.IsCompleted) >= OpenMax)
                throw Problems.TooMany($"{OpenMax} tasks run or wait; wait for some of them, or cancel them.");
            task = new CommandTask(NewId(), command, CommandText.Describe(command), by.Name, time.GetUtcNow()) { Order = order };
            _tasks.Add(task);
            if (key is not null)
                _byKey[key] = task;
            Forget();
        }
        _runs[task] = Task.Run(() => RunAsync(task, selection));
        return task.ToContract();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAll(_runs.Values);
        _running.Dispose();
        _closing.Dispose();
        foreach (var task in _tasks)
            task.Dispose();
    }

    private MessageSelection Check(MessageCommand command)
    {
        planner.Check(command);
        if (command.For is not null)
            OrderDesk.RequestOf(command);
        // Only these states can be meant, and the engine skips the others without reading them.
        var query = command switch
        {
            { Query.States: not null } => command.Query,
            { Action: MessageAction.Release } => command.Query with { States = [MessageState.Held] },
            { Action: MessageAction.Replay } => command.Query with { States = [MessageState.Consumed] },
            { Action: MessageAction.Discard } => command.Query with { States = Enum.GetValues<MessageState>() },
            { Action: MessageAction.Flush } => command.Query with { States = [MessageState.Delayed] },
            _ => command.Query,
        };
        return new MessageSelection(engine, query, time.GetUtcNow());
    }

    private CommandTask? Repeated(string? key)
    {
        lock (_gate)
            return key is not null ? _byKey.GetValueOrDefault(key) : null;
    }

    private async Task RunAsync(CommandTask task, MessageSelection selection)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(task.Cancelled, _closing.Token);
        try
        {
            await _running.WaitAsync(either.Token);
            try
            {
                task.Begin();
                var work = new CommandWork(planner, timeline, task);
                await new BulkRun(engine, time, selection, work, task.Tally, work.Options).RunAsync(either.Token);
                task.End(TaskState.Succeeded, time.GetUtcNow());
            }
            finally
            {
                _running.Release();
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            task.End(TaskState.Cancelled, time.GetUtcNow(), _closing.IsCancellationRequested ? "The server stopped." : null);
        }
        catch (Exception e)
        {
            log.LogError(e, "Task {Task} ({Description}) failed", task.Id, task.ToContract().Description);
            task.End(TaskState.Failed, time.GetUtcNow(), e.Message);
        }
        _runs.TryRemove(task, out _);
    }

    private string NewId()
    {
        string id;
        do
            id = Guid.NewGuid().ToString("N")[..8];
        while (_tasks.Exists(t => t.Id == id));
        return id;
    }

    /// <summary>Under the gate: forgets the oldest of the ended tasks beyond the limit.</summary>
    private void Forget()
    {
        var ended = _tasks.Where(t => t.Ended.IsCompleted).ToList();
        foreach (var task in ended.Take(ended.Count - EndedMax))
        {
            _tasks.Remove(task);
            foreach (var (key, _) in _byKey.Where(k => k.Value == task).ToList())
                _byKey.Remove(key);
            task.Dispose();
        }
    }
}
