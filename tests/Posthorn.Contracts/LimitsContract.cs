using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A queue refuses what its policy does not allow, before anything of it happens.</summary>
public abstract class LimitsContract : EngineContract
{
    [Fact]
    public async Task A_message_of_the_largest_size_is_taken_and_one_byte_more_refused()
    {
        await SetAsync(Orders, new QueuePolicy { MessageBytesMax = 10 });
        await AddAsync(Orders, new string('x', 10));
        var refusal = await Should.ThrowAsync<QueueFullException>(() => AddAsync(Orders, new string('x', 11)));
        (refusal.Queue, refusal.IsMessageTooLarge).ShouldBe((Orders, true));
    }

    [Fact]
    public async Task A_queue_of_so_many_messages_is_full_until_one_goes()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 2 });
        var first = await AddAsync(Orders, "1");
        await AddAsync(Orders, "2");
        var refusal = await Should.ThrowAsync<QueueFullException>(() => AddAsync(Orders, "3"));
        refusal.IsMessageTooLarge.ShouldBeFalse();
        await Engine.CommitAsync(new Commit().Remove(first.Id).Add(Text(Orders, "3")));
        Engine.Status(Orders)!.Messages.ShouldBe(2);
    }

    [Fact]
    public async Task Bytes_count_content_and_come_back_when_messages_go()
    {
        await SetAsync(Orders, new QueuePolicy { BytesMax = 100 });
        var id = (await AddAsync(new NewMessage { Queue = Orders, Content = ((Content)TextBody(new string('x', 50))).WithInFront("12345"u8) with { Skip = 10 } })).Id;
        Engine.Status(Orders)!.Bytes.ShouldBe(45);
        await AddAsync(Orders, new string('y', 55));
        await Should.ThrowAsync<QueueFullException>(() => AddAsync(Orders, "z"));
        await Engine.CommitAsync(new Commit().Move(id, Invoices));
        (Engine.Status(Orders)!.Bytes, Engine.Status(Invoices)!.Bytes).ShouldBe((55, 45));
        await Should.ThrowAsync<QueueFullException>(async () => await Engine.CommitAsync(new Commit().Add(Text(Orders, "a")).Move(id, Orders)));
        await Engine.CommitAsync(new Commit().Move(id, Orders));
        Engine.Status(Invoices)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_under_way_counts()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 10 });
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(async () =>
        {
            try
            {
                await AddAsync(Orders, "x");
                return true;
            }
            catch (QueueFullException)
            {
                return false;
            }
        })));
        outcomes.Count(taken => taken).ShouldBe(10);
        Engine.Status(Orders)!.Messages.ShouldBe(10);
    }

    [Fact]
    public async Task A_refused_commit_leaves_nothing_behind()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 1 });
        await AddAsync(Orders, "1");
        var id = (await AddAsync(Invoices, "x")).Id;
        await Should.ThrowAsync<QueueFullException>(async () => await Engine.CommitAsync(new Commit()
            .Remove(id).Add(Text(QueueName.Parse("new"), "a")).SetQueue(QueueName.Parse("other"), QueuePolicy.Default).DeleteQueue(Invoices).Add(Text(Orders, "2"))));
        Engine.Queues().Select(queue => queue.Name).ShouldBe([Invoices, Orders]);
        await AddAsync(Invoices, "y");
        await Engine.CommitAsync(new Commit().Remove(id));
        Engine.Status(Invoices)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task What_no_queue_can_be_or_hold_is_refused_as_a_mistake()
    {
        await Should.ThrowAsync<ArgumentException>(() => AddAsync(Text(default, "x")));
        await Should.ThrowAsync<ArgumentException>(() => AddAsync(Text(Orders, "x") with { Group = new string('g', 256) }));
        await Should.ThrowAsync<ArgumentException>(() => AddAsync(Text(Orders, "x") with { Content = new Content(TextBody("x")) { Skip = 2 } }));
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Orders, new QueuePolicy { ReceivesMax = 0 }));
        await Should.ThrowAsync<ArgumentException>(async () => await Engine.CommitAsync(new Commit().SetDocument("k", new byte[(64 << 10) + 1])));
        await Should.ThrowAsync<ArgumentException>(async () => await Engine.CommitAsync(new Commit { IdempotencyKey = "" }));
        Engine.Queues().ShouldBeEmpty();
    }
}
