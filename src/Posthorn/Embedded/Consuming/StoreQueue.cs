using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>A queue of a store: a name, and where the store is.</summary>
internal sealed class StoreQueue(IStoreSource source, QueueName name) : IQueue
{
    private const int SliceBytes = 64 << 10;

    public QueueName Name => name;

    private StoreContext Context => source.Context;

    public ValueTask<AddedMessage> SendAsync(ReadOnlyMemory<byte> body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(Body.Of(body), options, cancellationToken);

    public ValueTask<AddedMessage> SendAsync(string text, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(Body.Of(Encoding.UTF8.GetBytes(text)), options, cancellationToken);

    public ValueTask<AddedMessage> SendAsync<T>(T value, JsonTypeInfo<T> type, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(Body.Of(JsonSerializer.SerializeToUtf8Bytes(value, type)), options, cancellationToken);

    public async ValueTask<AddedMessage> SendAsync(Stream body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        await using var writer = Context.Engine.CreateBody();
        while (true)
        {
            var count = await body.ReadAsync(writer.GetMemory(SliceBytes), cancellationToken);
            if (count == 0)
                break;
            writer.Advance(count);
            await writer.FlushAsync(cancellationToken);
        }
        return await SendAsync(await writer.CompleteAsync(cancellationToken), options, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<AddedMessage>> SendBatchAsync(
        IReadOnlyList<OutgoingMessage> messages, string? idempotencyKey = null, TimeSpan roomWait = default, CancellationToken cancellationToken = default)
    {
        if (messages.Count == 0)
            return [];
        using var activity = MessageActivity.StartSend(name, messages.Count);
        var commit = new Commit { IdempotencyKey = idempotencyKey, RoomWait = roomWait };
        foreach (var message in messages)
            commit.Add(OutgoingMessages.Of(Context, name, Body.Of(message.Body), message.Options));
        return await CommitAsync(commit, activity, cancellationToken);
    }

    public async ValueTask<ReceivedMessage?> ReceiveAsync(ReceiveOptions? options = null, CancellationToken cancellationToken = default) =>
        await ReceiveBatchAsync(1, options, cancellationToken) is [var only] ? only : null;

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveBatchAsync(int messagesMax, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ReceiveOptions();
        var request = new LeaseRequest
        {
            MessagesMax = messagesMax,
            VisibilityTimeout = options.VisibilityTimeout,
            Wait = options.Wait,
            Group = options.Group,
        };
        return Leasing.TakeAsync(Context, name, request, options.ExtendFor, cancellationToken);
    }

    public IAsyncEnumerable<ReceivedMessage> ConsumeAsync(ConsumeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= ConsumeOptions.Default;
        options.Validate();
        return new Consumer(Context, name, options).RunAsync(cancellationToken);
    }

    public Task ProcessAsync(Func<ReceivedMessage, CancellationToken, Task> handler, ProcessOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= ProcessOptions.Default;
        options.Validate();
        return RunAsync(new Processor(Context, name, handler, options), cancellationToken);

        static async Task RunAsync(Processor processor, CancellationToken cancellationToken)
        {
            using (processor)
                await processor.RunAsync(cancellationToken);
        }
    }

    public IAsyncEnumerable<Message> BrowseAsync(MessageFilter? filter = null, CancellationToken cancellationToken = default) =>
        Context.Engine.BrowseAsync(name, filter ?? MessageFilter.All, cancellationToken);

    public QueueStatus? Status() => Context.Engine.Status(name);

    public async ValueTask SetPolicyAsync(Func<QueuePolicy, QueuePolicy> change, CancellationToken cancellationToken = default) =>
        await Context.Engine.CommitAsync(new Commit().SetQueue(name, change(Status()?.Policy ?? QueuePolicy.Default)), cancellationToken);

    public void Defer(string group, TimeSpan time) => Context.Engine.Defer(name, group, time);

    public ValueTask PauseAsync(CancellationToken cancellationToken = default) => SetPolicyAsync(policy => policy with { IsPaused = true }, cancellationToken);

    public ValueTask ResumeAsync(CancellationToken cancellationToken = default) => SetPolicyAsync(policy => policy with { IsPaused = false }, cancellationToken);

    public async ValueTask<long> PurgeAsync(CancellationToken cancellationToken = default)
    {
        var operation = Start(BulkAction.Discard, options: new BulkOptions { IncludeLeased = true });
        await using var registration = cancellationToken.UnsafeRegister(static o => ((BulkOperation)o!).Stop(), operation);
        await operation.Completion;
        cancellationToken.ThrowIfCancellationRequested();
        return operation.Progress.Done;
    }

    public BulkOperation Replay(DateTimeOffset? from = null, DateTimeOffset? before = null) =>
        Start(BulkAction.Replay(), new MessageFilter { ConsumedFrom = from, ConsumedBefore = before });

    public BulkOperation Start(BulkAction action, MessageFilter? filter = null, BulkOptions? options = null)
    {
        filter ??= MessageFilter.All;
        if (filter.States is null && action.States is { } states)
            filter = filter with { States = states };
        return BulkOperation.Start(Context.Engine, Context.Time, new QueueSelection(Context.Engine, [name], filter), action, options);
    }

    public async ValueTask DeleteAsync(CancellationToken cancellationToken = default) =>
        await Context.Engine.CommitAsync(new Commit().DeleteQueue(name), cancellationToken);

    private async ValueTask<AddedMessage> SendAsync(Body body, SendOptions? options, CancellationToken cancellationToken)
    {
        using var activity = MessageActivity.StartSend(name, count: 1);
        var commit = new Commit { IdempotencyKey = options?.IdempotencyKey, RoomWait = options?.RoomWait ?? TimeSpan.Zero }.Add(OutgoingMessages.Of(Context, name, body, options));
        return (await CommitAsync(commit, activity, cancellationToken))[0];
    }

    private async ValueTask<IReadOnlyList<AddedMessage>> CommitAsync(Commit commit, System.Diagnostics.Activity? activity, CancellationToken cancellationToken)
    {
        try
        {
            var result = await Context.Engine.CommitAsync(commit, cancellationToken);
            MessageActivity.Sent(activity, result.Added);
            return result.Added;
        }
        catch (Exception e)
        {
            MessageActivity.Fail(activity, e);
            throw;
        }
    }
}
