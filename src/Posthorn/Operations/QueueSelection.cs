using System.Runtime.CompilerServices;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>The messages of some queues that a filter selects, queue by queue in the order given.</summary>
public sealed class QueueSelection(IEngine engine, IReadOnlyList<QueueName> queues, MessageFilter filter) : IMessageSelection
{
    /// <inheritdoc/>
    public long? Total => filter == MessageFilter.All ? queues.Sum(queue => engine.Status(queue)?.Messages ?? 0) : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Message> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var queue in queues)
        {
            await foreach (var message in engine.BrowseAsync(queue, filter, cancellationToken))
                yield return message;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SelectsAsync(Message message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(queues.Contains(message.Queue) && filter.Selects(message));
}
