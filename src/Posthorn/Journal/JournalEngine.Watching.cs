using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>Those who watch queues: told under the lock, as the index changes; they read on their own.</summary>
public sealed partial class JournalEngine
{
    /// <inheritdoc/>
    public IQueueWatch Watch(QueueName queue, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var watch = new QueueWatch(capacity, gone => Forget(queue, gone));
        lock (_gate)
        {
            ThrowIfOutOfService();
            Tick();
            (ConsumersOf(queue).Watches ??= []).Add(watch);
        }
        return watch;
    }

    private void Forget(QueueName queue, QueueWatch watch)
    {
        lock (_gate)
        {
            if (!_consumers.TryGetValue(queue.Value, out var consumers) || consumers.Watches?.Remove(watch) != true)
                return;
            if (consumers.Watches.Count == 0)
                consumers.Watches = null;
            DropIdle(consumers);
        }
    }
}
