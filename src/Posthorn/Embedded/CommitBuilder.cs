using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Embedded.Consuming;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded;

/// <summary>
/// Builds one atomic commit over any number of queues: messages received are acknowledged and the ones made of them sent, all of it or nothing.
/// Operations take effect in the order given. Built by one caller, committed once.
/// </summary>
/// <example><code>await queues.NewCommit().Ack(order).Send("invoices", invoice, Shop.Default.Invoice).Send("mails", mail).CommitAsync();</code></example>
public sealed class CommitBuilder
{
    private readonly IStoreSource _source;
    private readonly Commit _commit;
    private readonly List<(int Operation, ReceivedMessage Message)> _settled = [];
    private readonly List<NewMessage> _sent = [];

    internal CommitBuilder(IStoreSource source, string? idempotencyKey, TimeSpan roomWait) =>
        (_source, _commit) = (source, new Commit { IdempotencyKey = idempotencyKey, RoomWait = roomWait });

    /// <summary>Ends a message: it was worked on.</summary>
    public CommitBuilder Ack(ReceivedMessage message) => Settle(message, commit => commit.Remove(message.Handle));

    /// <summary>Gives a message back, at once or after <paramref name="delay"/>; see <see cref="ReceivedMessage.ReleaseAsync"/>.</summary>
    public CommitBuilder Release(ReceivedMessage message, TimeSpan delay = default, string? error = null) =>
        Settle(message, commit => commit.Release(message.Handle, delay, new MessageChanges { LastError = error }));

    /// <summary>Moves a message to a dead-letter queue; see <see cref="ReceivedMessage.DeadLetterAsync"/>.</summary>
    public CommitBuilder DeadLetter(ReceivedMessage message, string reason, string? to = null) =>
        Settle(message, commit => Consuming.DeadLetter.Add(commit, message, reason, to));

    /// <summary>Moves a message to another queue, body and all, without copying it.</summary>
    public CommitBuilder Move(ReceivedMessage message, string to, MessageChanges? changes = null) =>
        Settle(message, commit => commit.Move(message.Handle, QueueName.Parse(to), changes));

    /// <summary>Sends bytes to a queue, made when it does not exist.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="body">Not copied: must not change until the commit has completed.</param>
    /// <param name="options">What is said of the message.</param>
    public CommitBuilder Send(string queue, ReadOnlyMemory<byte> body, MessageOptions? options = null) => Send(queue, Body.Of(body), options);

    /// <summary>Sends content to a queue: a part of another message's, or a body that was streamed in (<see cref="Engine.IEngine.CreateBody"/>).</summary>
    public CommitBuilder Send(string queue, Content content, MessageOptions? options = null)
    {
        var message = OutgoingMessages.Of(_source.Context, QueueName.Parse(queue), content, options);
        _commit.Add(message);
        _sent.Add(message);
        return this;
    }

    /// <summary>Sends a value as UTF-8 JSON to a queue.</summary>
    public CommitBuilder Send<T>(string queue, T value, JsonTypeInfo<T> type, MessageOptions? options = null) =>
        Send(queue, JsonSerializer.SerializeToUtf8Bytes(value, type), options);

    /// <summary>Sends a value to a typed queue.</summary>
    public CommitBuilder Send<T>(IQueue<T> queue, T value, MessageOptions? options = null) => Send(queue.Name.Value, value, queue.Type, options);

    /// <summary>Adds whatever else a <see cref="Commit"/> can do: policies, documents, changes of messages by id.</summary>
    public CommitBuilder With(Action<Commit> operations)
    {
        operations(_commit);
        return this;
    }

    /// <summary>Commits; durable when the task completes. The messages settled by it are settled then.</summary>
    /// <param name="cancellationToken">Honoured only before the commit is on its way; afterwards the commit decides.</param>
    /// <exception cref="LeaseLostException">The leases of some of the messages have ended; nothing happened.</exception>
    /// <exception cref="InvalidOperationException">One of the messages was settled before; nothing happened.</exception>
    /// <exception cref="Engine.QueueFullException">A queue is at its limit; nothing happened.</exception>
    /// <exception cref="Engine.StorageFullException">No space; nothing happened.</exception>
    public async ValueTask<CommitResult> CommitAsync(CancellationToken cancellationToken = default)
    {
        using var activity = MessageActivity.StartSend(_sent);
        try
        {
            var result = await Settlement.CommitAsync(_source.Context, _commit, _settled, cancellationToken);
            MessageActivity.Sent(activity, result.Added);
            return result;
        }
        catch (Exception e)
        {
            MessageActivity.Fail(activity, e);
            throw;
        }
    }

    private CommitBuilder Settle(ReceivedMessage message, Action<Commit> operation)
    {
        _settled.Add((_commit.Operations.Count, message));
        operation(_commit);
        return this;
    }
}
