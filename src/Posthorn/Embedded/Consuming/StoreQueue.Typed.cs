using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Commits;
using Posthorn.Queues;

namespace Posthorn.Embedded.Consuming;

/// <summary>A queue of values: JSON in front of the queue itself.</summary>
internal sealed class StoreQueue<T>(IQueue queue, JsonTypeInfo<T> type) : IQueue<T>
{
    public IQueue Untyped => queue;

    public QueueName Name => queue.Name;

    public JsonTypeInfo<T> Type => type;

    public ValueTask<AddedMessage> SendAsync(T value, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.SendAsync(value, type, options, cancellationToken);

    public ValueTask<IReadOnlyList<AddedMessage>> SendBatchAsync(IReadOnlyList<T> values, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.SendBatchAsync([.. values.Select(value => OutgoingMessage.Of(value, type, options))], options?.IdempotencyKey, options?.RoomWait ?? default, cancellationToken);

    public async ValueTask<ReceivedMessage<T>?> ReceiveAsync(ReceiveOptions? options = null, CancellationToken cancellationToken = default) =>
        await queue.ReceiveAsync(options, cancellationToken) is { } message ? await ReceivedMessage<T>.ReadAsync(message, type) : null;

    public async ValueTask<IReadOnlyList<ReceivedMessage<T>>> ReceiveBatchAsync(
        int messagesMax, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var messages = await queue.ReceiveBatchAsync(messagesMax, options, cancellationToken);
        var typed = new ReceivedMessage<T>[messages.Count];
        for (var i = 0; i < typed.Length; i++)
            typed[i] = await ReceivedMessage<T>.ReadAsync(messages[i], type);
        return typed;
    }

    public IAsyncEnumerable<ReceivedMessage<T>> ConsumeAsync(ConsumeOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadAsync(queue.ConsumeAsync(options, cancellationToken), cancellationToken);

    public Task ProcessAsync(Func<ReceivedMessage<T>, CancellationToken, Task> handler, ProcessOptions? options = null, CancellationToken cancellationToken = default) =>
        queue.ProcessAsync(async (message, token) => await handler(await ReceivedMessage<T>.ReadAsync(message, type), token), options, cancellationToken);

    private async IAsyncEnumerable<ReceivedMessage<T>> ReadAsync(
        IAsyncEnumerable<ReceivedMessage> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in messages.WithCancellation(cancellationToken))
            yield return await ReceivedMessage<T>.ReadAsync(message, type);
    }
}
