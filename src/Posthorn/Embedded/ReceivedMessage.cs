using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Commits;
using Posthorn.Embedded.Consuming;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded;

/// <summary>
/// A message and the right to it. Settle it once: <see cref="AckAsync"/>, <see cref="ReleaseAsync"/>, <see cref="DeadLetterAsync"/>, or as a part of a
/// <see cref="CommitBuilder"/>. What is not settled comes back when its lease ends.
/// </summary>
/// <remarks>Safe for several callers; of two that settle it the second one gets an <see cref="InvalidOperationException"/>.</remarks>
public class ReceivedMessage
{
    internal ReceivedMessage(StoreContext context, LeasedMessage leased, HeldLease lease) =>
        (Context, Leased, Lease) = (context, leased, lease);

    private protected ReceivedMessage(ReceivedMessage same)
        : this(same.Context, same.Leased, same.Lease)
    {
    }

    internal StoreContext Context { get; }

    internal LeasedMessage Leased { get; }

    internal HeldLease Lease { get; }

    /// <summary>The message as it stood when it was leased.</summary>
    public Message Message => Leased.Message;

    /// <summary>Its id; stays when it moves to another queue.</summary>
    public MessageId Id => Message.Id;

    /// <summary>The queue it was received from.</summary>
    public QueueName Queue => Message.Queue;

    /// <summary>Which receive this is: 1 is the first. Counted over restarts, except that a power loss may forget the last ones.</summary>
    public int Attempt => Message.ReceiveCount;

    /// <summary>The proof of the lease, for <see cref="Commit"/>s built by hand. A message settled that way is not known here as settled.</summary>
    public ReceiptHandle Handle => Leased.Handle;

    /// <summary>When the lease ends unless it is extended.</summary>
    public DateTimeOffset ExpiresAt => Lease.ExpiresAt;

    /// <summary>Whether it was settled here, or its lease has ended.</summary>
    public bool IsEnded => Lease.IsEnded;

    /// <summary>Cancelled when the lease has ended without the message having been settled here: whatever is being done for it is done in vain, or twice.</summary>
    public CancellationToken LeaseLost => Lease.Lost;

    /// <summary>The text of an attribute; null when it is absent or binary.</summary>
    public string? Text(string attribute) => Message.Text(attribute);

    /// <summary>Opens the body; the stream knows its length and can seek, and large bodies are read in slices.</summary>
    /// <exception cref="Engine.BodyLostException">The message is gone, or its bytes on disk are damaged.</exception>
    public ValueTask<Stream> OpenAsync(CancellationToken cancellationToken = default) => Context.Engine.OpenAsync(Message.Content, cancellationToken);

    /// <summary>The whole body, in memory.</summary>
    /// <exception cref="Engine.BodyLostException">See <see cref="OpenAsync"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default)
    {
        if (Message.Content is { Prefix.Length: 0, Skip: 0, Body.Bytes: { } bytes })
            return bytes;
        await using var stream = await OpenAsync(cancellationToken);
        var all = new byte[stream.Length];
        await stream.ReadExactlyAsync(all, cancellationToken);
        return all;
    }

    /// <summary>The whole body as UTF-8 text.</summary>
    /// <exception cref="Engine.BodyLostException">See <see cref="OpenAsync"/>.</exception>
    public async ValueTask<string> ReadTextAsync(CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString((await ReadBytesAsync(cancellationToken)).Span);

    /// <summary>The body as a value from UTF-8 JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    /// <exception cref="Engine.BodyLostException">See <see cref="OpenAsync"/>.</exception>
    public async ValueTask<T?> ReadJsonAsync<T>(JsonTypeInfo<T> type, CancellationToken cancellationToken = default) =>
        JsonSerializer.Deserialize((await ReadBytesAsync(cancellationToken)).Span, type);

    /// <summary>Ends the message: it was worked on. Durable when the task completes.</summary>
    /// <exception cref="LeaseLostException">The lease has ended: the message will be, or was, received again.</exception>
    /// <exception cref="InvalidOperationException">It was settled before.</exception>
    public ValueTask AckAsync(CancellationToken cancellationToken = default) =>
        SettleAsync(new Commit().Remove(Handle), cancellationToken);

    /// <summary>
    /// Gives the message back: it is ready again at once, or after <paramref name="delay"/>. With its last receive
    /// (<see cref="QueuePolicy.ReceivesMax"/>) it goes to the dead-letter queue instead.
    /// </summary>
    /// <param name="delay">Zero or more.</param>
    /// <param name="error">Why, for whoever looks at the queue; null leaves the last error as it is.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way.</param>
    /// <exception cref="LeaseLostException">The lease has ended.</exception>
    /// <exception cref="InvalidOperationException">It was settled before.</exception>
    public ValueTask ReleaseAsync(TimeSpan delay = default, string? error = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return SettleAsync(new Commit().Release(Handle, delay, new MessageChanges { LastError = error }), cancellationToken);
    }

    /// <summary>Moves the message to a dead-letter queue, with the reason and the name of the queue it came from, so that it can be redriven.</summary>
    /// <param name="reason">Why it was given up.</param>
    /// <param name="to">The queue; null is the policy's <see cref="QueuePolicy.DeadLetterQueue"/>, and without that this queue's name with <c>-dead</c> behind it.</param>
    /// <param name="cancellationToken">Honoured only before the commit is on its way.</param>
    /// <exception cref="LeaseLostException">The lease has ended.</exception>
    /// <exception cref="InvalidOperationException">It was settled before.</exception>
    /// <exception cref="Engine.QueueFullException">The dead-letter queue is full; the message is still held.</exception>
    public ValueTask DeadLetterAsync(string reason, string? to = null, CancellationToken cancellationToken = default) =>
        SettleAsync(DeadLetter.Add(new Commit(), this, reason, to), cancellationToken);

    /// <summary>Sets the end of the lease to now plus <paramref name="visibilityTimeout"/>. A lease that is extended by itself needs no call.</summary>
    /// <exception cref="LeaseLostException">The lease has ended.</exception>
    public async ValueTask ExtendAsync(TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        if (!await Lease.ExtendAsync(visibilityTimeout, cancellationToken))
            throw new LeaseLostException([Id]);
    }

    /// <summary>
    /// Starts the activity <c>process QUEUE</c> as a child of the one that sent the message; null when nobody listens. Dispose it when the work is done.
    /// <see cref="IQueue.ProcessAsync"/> does it by itself.
    /// </summary>
    public Activity? StartActivity() => MessageActivity.StartProcess(Message);

    /// <summary>Gives it back as if it had not been received.</summary>
    internal ValueTask GiveBackAsync() => SettleAsync(
        new Commit().Release(Handle, TimeSpan.Zero, new MessageChanges { ReceiveCount = Math.Max(0, Attempt - 1) }), CancellationToken.None);

    private async ValueTask SettleAsync(Commit commit, CancellationToken cancellationToken) =>
        await Settlement.CommitAsync(Context, commit, [(0, this)], cancellationToken);
}
