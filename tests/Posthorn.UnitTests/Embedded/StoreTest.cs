using System.Text.Json.Serialization;
using Posthorn.Embedded;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.UnitTests.Journal;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

/// <summary>A store on the journal over memory, on a clock moved by hand.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    private readonly MemoryFileSystem _files = new();

    protected ManualTimeProvider Time { get; } = new();

    protected PosthornStore Store { get; private set; } = null!;

    protected IQueue Orders => Store.Get("orders");

    public async Task InitializeAsync() => Store = await OpenAsync();

    public async Task DisposeAsync() => await Store.DisposeAsync();

    /// <summary>Closes the store and opens it again, with other options, on the same files.</summary>
    protected async Task ReopenAsync(Action<StoreOptions>? configure = null)
    {
        await Store.DisposeAsync();
        Store = await OpenAsync(configure);
    }

    protected Task<PosthornStore> OpenAsync(Action<StoreOptions>? configure = null)
    {
        var options = new StoreOptions
        {
            OpenEngine = async token => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, Time, cancellationToken: token),
        };
        configure?.Invoke(options);
        return PosthornStore.OpenAsync(options, Time);
    }

    protected async Task<ReceivedMessage> ReceiveAsync(IQueue queue, ReceiveOptions? options = null) =>
        (await queue.ReceiveAsync(options)).ShouldNotBeNull();

    protected static async Task<IReadOnlyList<Message>> BrowseAsync(IQueue queue, MessageFilter? filter = null)
    {
        var messages = new List<Message>();
        await foreach (var message in queue.BrowseAsync(filter))
            messages.Add(message);
        return messages;
    }

    /// <summary>Waits for what other tasks do; the clock goes on by a step at a time meanwhile.</summary>
    protected async Task UntilAsync(Func<bool> isSo, TimeSpan? step = null)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            TimeProvider.System.GetElapsedTime(startedAt).ShouldBeLessThan(TimeSpan.FromSeconds(30), "what was waited for did not happen");
            Time.Advance(step ?? TimeSpan.FromTicks(1));
            await Task.Yield();
        }
    }

    protected Task UntilAsync(Task task, TimeSpan? step = null) => UntilAsync(() => task.IsCompleted, step);
}

public sealed record Order(int Number, string Item);

[JsonSerializable(typeof(Order))]
public sealed partial class ShopJson : JsonSerializerContext;
