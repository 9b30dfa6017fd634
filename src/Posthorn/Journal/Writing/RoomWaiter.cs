using Posthorn.Engine;
using Posthorn.Journal.Index;

namespace Posthorn.Journal.Writing;

/// <summary>A commit that waits for room in a queue, from its first refusal to its end.</summary>
/// <remarks>Guarded by the engine's lock, but for the signal, which anybody may await.</remarks>
internal sealed class RoomWaiter
{
    private TaskCompletionSource<bool> _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The queue in whose line it stands; null while it stands in none.</summary>
    public QueueState? Queue { get; set; }

    /// <summary>Bytes of the message that was refused.</summary>
    public long Length { get; set; }

    /// <summary>The refusal with which it ends when no room comes.</summary>
    public QueueFullException Refusal { get; set; } = null!;

    /// <summary>When it began to wait, as the clock counts.</summary>
    public long? Started { get; set; }

    /// <summary>True when it is to be tried again, false when its time is over.</summary>
    public Task<bool> Signal => _signal.Task;

    /// <summary>Makes ready for another wait.</summary>
    public void Renew() => _signal = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

    public void TryAgain() => _signal.TrySetResult(true);

    public void TimeOut() => _signal.TrySetResult(false);

    public void Cancel(CancellationToken cancellationToken) => _signal.TrySetCanceled(cancellationToken);
}
