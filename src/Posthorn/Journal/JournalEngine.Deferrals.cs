using Posthorn.Journal.Index;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Groups that consumers put aside for a time.</summary>
public sealed partial class JournalEngine
{
    /// <summary>The ends of deferrals on the clock that nobody sets; one that was moved to a later time is put back when it comes up.</summary>
    private readonly PriorityQueue<(QueueState Queue, string Group), long> _deferralEnds = new();

    private long NextDeferralEnd => _deferralEnds.TryPeek(out _, out var at) ? at : long.MaxValue;

    /// <inheritdoc/>
    public void Defer(QueueName queue, string group, TimeSpan time)
    {
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            if (!_index.Queues.TryGetValue(queue.Value, out var state) || !state.IsVisible)
                return;
            var until = LeaseEnd(time);
            if (time <= TimeSpan.Zero)
                _index.EndDeferral(state, group, long.MaxValue);
            else if (state.Defer(group, until))
                _deferralEnds.Enqueue((state, group), until);
            ServeWaiters();
            SetTimer();
        }
    }

    private void EndDeferrals()
    {
        while (_deferralEnds.TryPeek(out var deferred, out var at) && at <= MonotonicNow)
        {
            _deferralEnds.Dequeue();
            if (_index.EndDeferral(deferred.Queue, deferred.Group, at) is { } later)
                _deferralEnds.Enqueue(deferred, later);
        }
    }
}
