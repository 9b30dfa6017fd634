using Posthorn.Operations;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>A move task at work. Its owner writes, anyone reads.</summary>
internal sealed class MoveTask
{
    private readonly CancellationTokenSource _cancel; // no timer and no handle in it: nothing to dispose of
    private volatile MoveTaskRecord _record;

    private MoveTask(MoveTaskRecord record, CancellationTokenSource cancel, SemaphoreSlim saving) =>
        (_record, MovedBefore, _cancel, Saving) = (record, record.Moved, cancel, saving);

    /// <summary>Counts this run's messages.</summary>
    public BulkTally Tally { get; } = new();

    /// <summary>Messages moved by runs that a stop of the server cut short.</summary>
    public long MovedBefore { get; }

    public long Moved => MovedBefore + Tally.Progress.Done;

    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Held by who writes it down.</summary>
    public SemaphoreSlim Saving { get; }

    public bool IsEnded { get; set; }

    public Task Run { get; set; } = Task.CompletedTask;

    /// <summary>As it stands.</summary>
    public MoveTaskRecord Record
    {
        get => _record with { Moved = Moved };
        set => _record = value;
    }

    public static MoveTask Of(MoveTaskRecord record) => new(record, new CancellationTokenSource(), new SemaphoreSlim(1));

    public void Cancel() => _cancel.Cancel();
}
