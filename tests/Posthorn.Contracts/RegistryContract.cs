using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Which queues there are.</summary>
public abstract class RegistryContract : EngineContract
{
    private IEnumerable<QueueName> Names => Engine.Queues().Select(queue => queue.Name);

    [Fact]
    public void A_new_store_has_no_queue() => Engine.Queues().ShouldBeEmpty();

    [Fact]
    public void A_queue_that_nobody_made_is_not_there() => Engine.Status(Orders).ShouldBeNull();

    [Fact]
    public async Task Looking_at_a_queue_or_taking_from_it_does_not_make_it()
    {
        await AddAsync(Invoices, "x");
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        (await BrowseAsync(Orders)).ShouldBeEmpty();
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        Engine.Status(Orders).ShouldBeNull();
        Names.ShouldBe([Invoices]);
    }

    [Fact]
    public async Task Queues_that_were_made_are_there_each_once_also_after_a_restart()
    {
        await SetAsync(Orders, QueuePolicy.Default);
        await AddAsync(Invoices, "x");
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 3 });
        await AddAsync(Orders, "y");
        await AddAsync(Orders, "z");
        Names.ShouldBe([Invoices, Orders]);
        await ReopenAsync();
        Names.ShouldBe([Invoices, Orders]);
    }

    [Fact]
    public async Task A_queue_that_was_made_is_there_with_its_policy()
    {
        var policy = new QueuePolicy { VisibilityTimeout = TimeSpan.FromMinutes(2), Retention = TimeSpan.FromDays(14), ReceivesMax = 5, DeadLetterQueue = Invoices };
        await SetAsync(Orders, policy);
        var status = Engine.Status(Orders)!;
        (status.Name, status.Policy, status.NextNumber).ShouldBe((Orders, policy, 1));
    }

    [Fact]
    public async Task Queues_of_different_names_are_different_queues()
    {
        var other = QueueName.Parse("Orders"); // case matters
        await AddAsync(Orders, "1");
        await AddAsync(other, "2");
        Engine.Status(Orders)!.Identity.ShouldNotBe(Engine.Status(other)!.Identity);
        (await LeaseTextsAsync(Orders)).ShouldBe(["1"]);
        (await LeaseTextsAsync(other)).ShouldBe(["2"]);
    }

    [Fact]
    public async Task Making_a_queue_that_is_there_keeps_its_messages_and_its_identity()
    {
        await AddAsync(Orders, "x");
        var before = Engine.Status(Orders)!;
        await SetAsync(Orders, QueuePolicy.Default);
        var after = Engine.Status(Orders)!;
        after.ShouldBe(before with { HighestModSeq = after.HighestModSeq });
        (await LeaseTextsAsync(Orders)).ShouldBe(["x"]);
    }

    [Fact]
    public async Task A_queue_made_by_many_at_once_is_one()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => i % 2 == 0 ? SetAsync(Orders, QueuePolicy.Default) : AddAsync(Orders, $"{i}"))));
        Names.ShouldBe([Orders]);
        Engine.Status(Orders)!.Messages.ShouldBe(10);
    }

    [Fact]
    public async Task A_limit_that_is_changed_holds_for_what_comes_from_then_on()
    {
        await AddAsync(Orders, "12345");
        await SetAsync(Orders, new QueuePolicy { MessageBytesMax = 3 });
        await Should.ThrowAsync<Engine.QueueFullException>(() => AddAsync(Orders, "1234"));
        (await LeaseTextsAsync(Orders)).ShouldBe(["12345"]);
    }

    [Theory]
    [InlineData(-1, 300, 1)]
    [InlineData(43_201, 300, 1)]
    [InlineData(30, -1, 1)]
    [InlineData(30, 300, -1)]
    public async Task A_policy_outside_of_its_ranges_is_refused(int visibilitySeconds, int windowSeconds, int delaySeconds)
    {
        var policy = new QueuePolicy
        {
            VisibilityTimeout = TimeSpan.FromSeconds(visibilitySeconds),
            DeduplicationWindow = TimeSpan.FromSeconds(windowSeconds),
            Delay = TimeSpan.FromSeconds(delaySeconds),
        };
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Orders, policy));
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Orders, new QueuePolicy { ReceivesMax = 3 })); // and where to?
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Orders, new QueuePolicy { ReceivesMax = 3, DeadLetterQueue = Orders }));
        Engine.Queues().ShouldBeEmpty();
    }
}
