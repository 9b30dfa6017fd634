using Posthorn.Embedded;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

/// <summary>What docs/guide/dotnet.md shows that is in no sample: the page quotes this file.</summary>
public sealed class GuideTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_pages_examples_do_what_it_says()
    {
        var (folder, bytes) = (_folder, new byte[100]);
        await using var store = await PosthornStore.OpenAsync(folder);
        var orders = store.Get("orders");
        await orders.SendAsync("42 horns");

        await orders.SendAsync(bytes, new SendOptions
        {
            Priority = Priority.Of(8),
            Delay = TimeSpan.FromMinutes(10),
            Group = "eu",
            Attributes = new Dictionary<string, AttributeValue> { ["kind"] = "invoice" },
            IdempotencyKey = "order 4711",
        });

        if (await orders.ReceiveAsync(new ReceiveOptions { Wait = TimeSpan.FromSeconds(20) }) is { } message)
        {
            Console.WriteLine(await message.ReadTextAsync());
            await message.AckAsync();
        }
        orders.Status()!.Messages.ShouldBe(1);

        await foreach (var waiting in orders.BrowseAsync(new MessageFilter { States = [MessageState.Delayed] }))
            Console.WriteLine($"{waiting.Id} is due {waiting.DueAt}");
        await orders.PauseAsync();
        await orders.SetPolicyAsync(policy => policy with { Retention = TimeSpan.FromDays(14), MessagesMax = 1_000_000 });
        await orders.SetPolicyAsync(policy => policy with { Fairness = QueueFairness.ByAttribute("account") });
        await orders.ResumeAsync();
        orders.Status()!.Policy.IsPaused.ShouldBeFalse();
        orders.Status()!.Policy.MessagesMax.ShouldBe(1_000_000);

        await orders.SendAsync("bad", new SendOptions { Priority = Priority.Highest });
        await (await orders.ReceiveAsync())!.DeadLetterAsync("for the example");
        var redrive = store.Get("orders-dead").Start(BulkAction.Redrive(), options: new BulkOptions { MessagesPerSecond = 100 });
        await redrive.Completion;
        Console.WriteLine($"{redrive.Progress.Done} of {redrive.Progress.Selected} put back");
        redrive.Progress.Done.ShouldBe(1);
    }
}
