using System.Text.Json.Serialization.Metadata;
using Posthorn.Commits;

namespace Posthorn.Embedded;

/// <summary>A queue whose messages are values of one type, as UTF-8 JSON. See <see cref="IQueue"/> for what each method promises.</summary>
public interface IQueue<T>
{
    /// <summary>The same queue without the type: to browse, pause, purge, redrive.</summary>
    IQueue Untyped { get; }

    /// <summary>Its name.</summary>
    Queues.QueueName Name { get; }

    /// <summary>How values become JSON and back.</summary>
    JsonTypeInfo<T> Type { get; }

    /// <summary>Sends a value; durable when the task completes.</summary>
    ValueTask<AddedMessage> SendAsync(T value, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends values in one commit, in this order.</summary>
    /// <param name="values">One or more.</param>
    /// <param name="options">What is said of each of them; the key and the wait for room are the batch's.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way.</param>
    ValueTask<IReadOnlyList<AddedMessage>> SendBatchAsync(IReadOnlyList<T> values, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Takes one message, or waits for one; null when there is none.</summary>
    ValueTask<ReceivedMessage<T>?> ReceiveAsync(ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Takes several messages.</summary>
    ValueTask<IReadOnlyList<ReceivedMessage<T>>> ReceiveBatchAsync(int messagesMax, ReceiveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The queue as a sequence that never ends; see <see cref="IQueue.ConsumeAsync"/>.</summary>
    IAsyncEnumerable<ReceivedMessage<T>> ConsumeAsync(ConsumeOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Calls a handler for each message until cancelled; see <see cref="IQueue.ProcessAsync"/>. A body that is not the JSON of a <typeparamref name="T"/> becomes a dead letter at once.</summary>
    Task ProcessAsync(Func<ReceivedMessage<T>, CancellationToken, Task> handler, ProcessOptions? options = null, CancellationToken cancellationToken = default);
}
