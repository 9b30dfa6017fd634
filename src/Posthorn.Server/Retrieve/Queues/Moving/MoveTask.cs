using Posthorn.Operations;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>A move task at work. Its owner writes, anyone reads.</summary>
internal sealed class MoveTask(MoveTaskRecord record)
{
    private readonly CancellationTokenSource _cancel = new(); // no timer and no handle in it: nothing to dispose of
    private volatile MoveTaskRecord _record = record;

    /// <summary>Counts this run's messages.</summary>
    public BulkTally Tally { get; } = new();

    /// <summary>Messages moved by runs that a stop of the server cut short.</summary>
    public long MovedBefore { get; } = record.Moved;

    public long Moved => MovedBefore + Tally.Progress.Done;

    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Held by who writes it down.</summary>
    public SemaphoreSlim Saving { get; } = new(1);

    public bool IsEnded { get; set; }

    public Task Run { get; set; } = Task.CompletedTask;

    /// <summary>As it stands.</summary>
    public MoveTaskRecord Record
    {
        get => _record with { Moved = Moved };
        set => _record = value;
    }

    public void Cancel() => _cancel.Cancel();
}
