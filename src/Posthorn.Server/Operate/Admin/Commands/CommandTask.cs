using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>A command at work: its progress, and the ways to wait for its end and to cancel it. The run writes, anyone reads.</summary>
internal sealed class CommandTask(string id, MessageCommand command, string description, string by, DateTimeOffset createdAt) : IDisposable
{
    /// <summary>Most errors kept with their reasons.</summary>
    private const int ErrorsMax = 20;

    private readonly Lock _gate = new(); // guards all fields below
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TaskError> _errors = [];
    private TaskState _state = TaskState.Waiting;
    private DateTimeOffset? _endedAt;
    private long? _total;
    private long _selected;
    private long _done;
    private long _gone;
    private long _busy;
    private long _refused;
    private string? _failure;

    public string Id => id;

    public MessageCommand Command => command;

    public string By => by;

    /// <summary>The standing order given with it.</summary>
    public string? Order { get; init; }

    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Completes when it has ended, however.</summary>
    public Task Ended => _ended.Task;

    public void Begin(long? total)
    {
        lock (_gate)
            (_state, _total) = (TaskState.Running, total);
    }

    public void Selected() => Interlocked.Increment(ref _selected);

    public void Done(int messages) => Interlocked.Add(ref _done, messages);

    public void Gone() => Interlocked.Increment(ref _gone);

    public void Busy(MessageId message) => Fail(ref _busy, message, "Somebody is working on it.");

    public void Refused(MessageId message, string reason) => Fail(ref _refused, message, reason);

    public void Cancel() => _cancel.Cancel();

    public void End(TaskState state, DateTimeOffset at, string? failure = null)
    {
        lock (_gate)
            (_state, _endedAt, _failure) = (state, at, failure);
        _ended.TrySetResult();
    }

    public TaskInfo ToContract()
    {
        lock (_gate)
        {
            return new TaskInfo
            {
                Id = id,
                Action = command.Action,
                Description = description,
                By = by,
                State = _state,
                CreatedAt = createdAt.ToUniversalTime(),
                EndedAt = _endedAt?.ToUniversalTime(),
                Total = _total,
                Selected = Interlocked.Read(ref _selected),
                Done = Interlocked.Read(ref _done),
                Gone = Interlocked.Read(ref _gone),
                Busy = Interlocked.Read(ref _busy),
                Refused = Interlocked.Read(ref _refused),
                Errors = [.. _errors],
                Failure = _failure,
                Order = Order,
            };
        }
    }

    public void Dispose() => _cancel.Dispose();

    private void Fail(ref long counter, MessageId message, string reason)
    {
        Interlocked.Increment(ref counter);
        lock (_gate)
            if (_errors.Count < ErrorsMax)
                _errors.Add(new TaskError(message.ToString(), reason));
    }
}
