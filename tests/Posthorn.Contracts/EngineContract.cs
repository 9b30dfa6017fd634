using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Embedded;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What every contract starts with: an engine on a clock moved by hand, and short words for what tests do all the time.</summary>
public abstract class EngineContract : IAsyncLifetime
{
    protected static readonly QueueName Orders = QueueName.Parse("orders");
    protected static readonly QueueName Invoices = QueueName.Parse("invoices");

    /// <summary>For what must happen without anybody moving the clock; a test that needs it all has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected ManualTimeProvider Time { get; } = new();

    protected IEngine Engine { get; private set; } = null!;

    public async Task InitializeAsync() => Engine = await OpenAsync();

    public virtual async Task DisposeAsync() => await Engine.DisposeAsync();

    /// <summary>Opens the engine on the test's own store: empty the first time, as it was left after that.</summary>
    protected abstract Task<IEngine> OpenAsync();

    /// <summary>Closes the engine and opens it again on the same store.</summary>
    protected async Task ReopenAsync()
    {
        await Engine.DisposeAsync();
        Engine = await OpenAsync();
    }

    protected static Body TextBody(string text) => Body.Of(Encoding.UTF8.GetBytes(text));

    protected static NewMessage Text(QueueName queue, string text) => new() { Queue = queue, Content = TextBody(text) };

    protected async Task<AddedMessage> AddAsync(NewMessage message) => (await Engine.CommitAsync(new Commit().Add(message))).Added.ShouldHaveSingleItem();

    protected Task<AddedMessage> AddAsync(QueueName queue, string text) => AddAsync(Text(queue, text));

    /// <summary>Adds many, twenty a commit.</summary>
    protected async Task AddManyAsync(int count, Func<int, NewMessage> message)
    {
        foreach (var part in Enumerable.Range(0, count).Chunk(20))
            await Engine.CommitAsync(part.Aggregate(new Commit(), (commit, i) => commit.Add(message(i))));
    }

    protected Task SetAsync(QueueName queue, QueuePolicy policy) => Engine.CommitAsync(new Commit().SetQueue(queue, policy)).AsTask();

    protected async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, int max = 1, string? group = null, TimeSpan? visibility = null) =>
        await Engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = max, Group = group, VisibilityTimeout = visibility });

    protected async Task<LeasedMessage> LeaseOneAsync(QueueName queue) => (await LeaseAsync(queue)).ShouldHaveSingleItem();

    protected async Task RemoveAsync(MessageReference message) => await Engine.CommitAsync(new Commit().Remove(message));

    protected async Task<IReadOnlyList<Message>> BrowseAsync(QueueName queue, MessageFilter? filter = null)
    {
        var messages = new List<Message>();
        await foreach (var message in Engine.BrowseAsync(queue, filter ?? MessageFilter.All))
            messages.Add(message);
        return messages;
    }

    protected async Task<string> TextOfAsync(Message message)
    {
        await using var stream = await Engine.OpenAsync(message.Content);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    protected async Task<IReadOnlyList<string>> TextsOfAsync(IEnumerable<Message> messages)
    {
        var texts = new List<string>();
        foreach (var message in messages)
            texts.Add(await TextOfAsync(message));
        return texts;
    }

    protected async Task<IReadOnlyList<string>> LeaseTextsAsync(QueueName queue, int max = 100, string? group = null) =>
        await TextsOfAsync((await LeaseAsync(queue, max, group)).Select(leased => leased.Message));

    /// <summary>A queue as programs have it. The store around it is not closed: the engine is the test's.</summary>
    protected async Task<IQueue> QueueAsync(QueueName name) =>
        (await PosthornStore.OpenAsync(new StoreOptions { OpenEngine = _ => Task.FromResult(Engine) }, Time)).Get(name.Value);

    /// <summary>Does something with all messages of a queue that a filter selects, to its end.</summary>
    protected async Task<BulkProgress> DoAsync(QueueName queue, BulkAction action, MessageFilter? filter = null)
    {
        var operation = (await QueueAsync(queue)).Start(action, filter);
        await operation.Completion.WaitAsync(Patience);
        return operation.Progress;
    }

    /// <summary>Waits until something is so that the engine does by itself; the clock goes on a little meanwhile, for timers that are due at once.</summary>
    protected Task UntilAsync(Func<bool> isSo, TimeSpan? step = null) => Time.UntilAsync(isSo, step ?? TimeSpan.FromTicks(1), Patience);
}
