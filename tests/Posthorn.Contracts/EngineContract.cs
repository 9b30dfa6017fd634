using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What the suites share: an engine on a clock that moves when told, and the words tests are written in.</summary>
public abstract class EngineContract : IAsyncLifetime
{
    protected static readonly QueueName Q = QueueName.Parse("work");
    protected static readonly QueueName Other = QueueName.Parse("other");

    protected ManualClock Clock { get; } = new();

    protected IEngine Engine { get; set; } = null!;

    /// <summary>Opens the engine under test, empty.</summary>
    protected abstract Task<IEngine> OpenAsync(ManualClock clock);

    public virtual async Task InitializeAsync() => Engine = await OpenAsync(Clock);

    public virtual async Task DisposeAsync() => await Engine.DisposeAsync();

    protected static NewMessage Mail(string text, QueueName? queue = null, int priority = 5, TimeSpan? delay = null, ManualClock? clock = null) => new()
    {
        Queue = queue ?? Q,
        Content = Body.Of(Encoding.UTF8.GetBytes(text)),
        Priority = Priority.Of(priority),
        DueAt = delay is { } d ? clock!.GetUtcNow() + d : null,
    };

    protected async Task<MessageId> SendAsync(NewMessage message) => (await Engine.CommitAsync(new Commit().Add(message))).Added[0].Id;

    protected Task<MessageId> SendAsync(string text, int priority = 5, TimeSpan? delay = null, QueueName? queue = null) =>
        SendAsync(Mail(text, queue, priority, delay, Clock));

    protected async Task<IReadOnlyList<LeasedMessage>> TakeAsync(int max = 1, QueueName? queue = null, TimeSpan? timeout = null, string? group = null, TimeSpan? wait = null) =>
        await Engine.LeaseAsync(queue ?? Q, new LeaseRequest { MessagesMax = max, VisibilityTimeout = timeout, Group = group, Wait = wait ?? TimeSpan.Zero });

    protected async Task<LeasedMessage> TakeOneAsync(QueueName? queue = null, TimeSpan? timeout = null) => Assert.Single(await TakeAsync(1, queue, timeout));

    /// <summary>Takes and acks everything that is ready; the texts in the order they came.</summary>
    protected async Task<List<string>> DrainAsync(QueueName? queue = null)
    {
        var texts = new List<string>();
        while (await TakeAsync(1, queue) is [var leased])
        {
            texts.Add(await TextAsync(leased.Message));
            await Engine.CommitAsync(new Commit().Remove(leased));
        }
        return texts;
    }

    protected async Task<List<Message>> BrowseAsync(MessageFilter? filter = null, QueueName? queue = null)
    {
        var messages = new List<Message>();
        await foreach (var message in Engine.BrowseAsync(queue ?? Q, filter ?? MessageFilter.All))
            messages.Add(message);
        return messages;
    }

    protected async Task<List<string>> BrowseTextsAsync(MessageFilter? filter = null, QueueName? queue = null)
    {
        var texts = new List<string>();
        foreach (var message in await BrowseAsync(filter, queue))
            texts.Add(await TextAsync(message));
        return texts;
    }

    protected async Task<string> TextAsync(Message message) => Encoding.UTF8.GetString(await BytesAsync(message.Content));

    protected async Task<byte[]> BytesAsync(Content content)
    {
        await using var stream = await Engine.OpenAsync(content);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    protected async Task<Message> FindAsync(MessageId id) => await Engine.FindAsync(id) ?? throw new InvalidOperationException($"{id} is gone.");

    /// <summary>Waits for what an engine does by itself after time has moved (a dead letter, an expiry).</summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            if (patience.Elapsed > TimeSpan.FromSeconds(20))
                throw new TimeoutException($"It did not come to this: {what}.");
            await Task.Yield();
        }
    }

    protected QueueStatus Status(QueueName? queue = null) => Engine.Status(queue ?? Q) ?? throw new InvalidOperationException("There is no such queue.");
}
