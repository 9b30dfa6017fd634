using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Operations;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>A command at work: its progress, and the ways to wait for its end and to cancel it. The desk writes, anyone reads.</summary>
internal sealed class CommandTask(string id, MessageCommand command, string description, string by, DateTimeOffset createdAt) : IDisposable
{
    private readonly Lock _gate = new(); // guards the state, its time and the failure
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskState _state = TaskState.Waiting;
    private DateTimeOffset? _endedAt;
    private string? _failure;

    public string Id => id;

    public MessageCommand Command => command;

    public string By => by;

    /// <summary>The standing order given with it.</summary>
    public string? Order { get; init; }

    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Completes when it has ended, however.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Its counts.</summary>
    public BulkTally Tally { get; } = new();

    public void Begin()
    {
        lock (_gate)
            _state = TaskState.Running;
    }

    public void Cancel() => _cancel.Cancel();

    public void End(TaskState state, DateTimeOffset at, string? failure = null)
    {
        lock (_gate)
            (_state, _endedAt, _failure) = (state, at, failure);
        _ended.TrySetResult();
    }

    public TaskInfo ToContract()
    {
        var progress = Tally.Progress;
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
                Total = progress.Total,
                Selected = progress.Selected,
                Done = progress.Done,
                Gone = progress.Gone,
                Busy = progress.Busy,
                Refused = progress.Refused,
                Errors = [.. progress.Errors.Select(e => new TaskError(e.Message.ToString(), e.Reason))],
                Failure = _failure,
                Order = Order,
            };
        }
    }

    public void Dispose() => _cancel.Dispose();
}
