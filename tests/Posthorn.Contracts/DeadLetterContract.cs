using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What was received too often goes to the dead-letter queue by itself, exactly at the limit.</summary>
public abstract class DeadLetterContract : EngineContract
{
    private static readonly QueueName Dead = QueueName.Parse("orders-dead");
    private static readonly QueuePolicy Policy = new() { ReceivesMax = 2, DeadLetterQueue = Dead };

    [Fact]
    public async Task The_last_release_moves_it_with_its_error_and_its_source()
    {
        await SetAsync(Orders, Policy);
        var added = await AddAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        Engine.Status(Orders)!.Ready.ShouldBe(1);

        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders), TimeSpan.FromHours(1), new MessageChanges { LastError = "broken" }));

        Engine.Status(Orders)!.Messages.ShouldBe(0);
        var message = (await LeaseOneAsync(Dead)).Message;
        message.Id.ShouldBe(added.Id);
        message.LastError.ShouldBe("broken");
        message.Text(MessageAttributes.DeadLetterSource).ShouldBe("orders");
        message.ReceiveCount.ShouldBe(1);
        (await TextOfAsync(message)).ShouldBe("x");
    }

    [Fact]
    public async Task The_last_lease_that_ends_by_its_time_moves_it()
    {
        await SetAsync(Orders, Policy);
        var added = await AddAsync(Text(Orders, "x") with { LastError = "earlier" });
        await LeaseOneAsync(Orders);
        Time.Advance(Policy.VisibilityTimeout);
        await LeaseOneAsync(Orders);
        Time.Advance(Policy.VisibilityTimeout - TimeSpan.FromMilliseconds(1));
        Engine.Status(Orders)!.Leased.ShouldBe(1);
        Time.Advance(TimeSpan.FromMilliseconds(1));

        await UntilAsync(() => Engine.Status(Dead)?.Ready == 1);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        var message = (await Engine.FindAsync(added.Id))!;
        (message.LastError, message.Text(MessageAttributes.DeadLetterSource)).ShouldBe(("earlier", "orders"));
    }

    [Fact]
    public async Task A_message_acked_on_its_last_receive_is_no_dead_letter()
    {
        await SetAsync(Orders, Policy);
        await AddAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        await RemoveAsync(await LeaseOneAsync(Orders));
        Time.Advance(TimeSpan.FromHours(1));
        Engine.Status(Dead).ShouldBeNull();
    }

    [Fact]
    public async Task A_receive_count_set_back_gives_all_receives_again()
    {
        await SetAsync(Orders, Policy);
        await AddAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders), changes: new MessageChanges { ReceiveCount = 0 }));
        (await LeaseOneAsync(Orders)).Message.ReceiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Dead_letters_can_be_put_back_where_they_came_from()
    {
        await SetAsync(Orders, Policy with { ReceivesMax = 1 });
        await AddAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders)));
        var dead = (await BrowseAsync(Dead)).ShouldHaveSingleItem();
        await Engine.CommitAsync(new Commit().Move(dead.Id, QueueName.Parse(dead.Text(MessageAttributes.DeadLetterSource)!)));
        (await LeaseOneAsync(Orders)).Message.ReceiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_dead_letter_queue_takes_dead_letters_all_the_same()
    {
        await SetAsync(Dead, new QueuePolicy { MessagesMax = 1 });
        await SetAsync(Orders, Policy with { ReceivesMax = 1 });
        for (var i = 0; i < 3; i++)
        {
            await AddAsync(Orders, "x");
            await LeaseOneAsync(Orders);
        }
        Time.Advance(Policy.VisibilityTimeout);
        await UntilAsync(() => Engine.Status(Dead)!.Messages == 3);
    }
}
