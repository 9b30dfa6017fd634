using Posthorn.Queues;

namespace Posthorn.Engine;

/// <summary>Tells one reader what happens in a queue, in the order in which it can be seen; see <see cref="IEngine.Watch"/>. Disposing ends it.</summary>
public interface IQueueWatch : IDisposable
{
    /// <summary>Takes the next change that was not read yet.</summary>
    /// <returns>False when there is none now.</returns>
    bool TryRead(out QueueChange change);

    /// <summary>Waits until there is something to read; nothing is taken. One caller at a time.</summary>
    /// <returns>False when nothing will come any more: the watch was disposed, or the engine was closed.</returns>
    /// <exception cref="EngineFailedException">The engine has stopped serving.</exception>
    ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default);
}
