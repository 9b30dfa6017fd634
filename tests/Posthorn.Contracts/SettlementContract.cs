using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What was taken is acked, given back or refused, in any order and by any number of hands.</summary>
public abstract class SettlementContract : EngineContract
{
    private async Task AddAllAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await AddAsync(Orders, $"{i}");
    }

    private async Task<string> TextAsync(LeasedMessage lease) => await TextOfAsync(lease.Message);

    [Fact]
    public async Task Several_can_be_taken_one_by_one_before_the_first_is_acked()
    {
        await AddAllAsync(3);
        var (a, b, c) = (await LeaseOneAsync(Orders), await LeaseOneAsync(Orders), await LeaseOneAsync(Orders));
        (await TextAsync(a), await TextAsync(b), await TextAsync(c)).ShouldBe(("0", "1", "2"));
        await RemoveAsync(a);
        await RemoveAsync(b);
        await RemoveAsync(c);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Taking_and_acking_may_be_interleaved_in_any_order()
    {
        await AddAllAsync(3);
        var first = await LeaseOneAsync(Orders);
        var second = await LeaseOneAsync(Orders);
        await RemoveAsync(second);
        var third = await LeaseOneAsync(Orders);
        await RemoveAsync(first);
        (await TextAsync(third)).ShouldBe("2");
        await RemoveAsync(third);
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_given_back_is_handed_out_again()
    {
        await AddAllAsync(1);
        for (var receive = 1; receive <= 5; receive++)
        {
            var lease = await LeaseOneAsync(Orders);
            (await TextAsync(lease), lease.Message.ReceiveCount).ShouldBe(("0", receive));
            await Engine.CommitAsync(new Commit().Release(lease));
        }
    }

    [Fact]
    public async Task What_is_given_back_out_of_order_is_handed_out_again_beside_what_waits()
    {
        await AddAllAsync(3);
        var (first, second) = (await LeaseOneAsync(Orders), await LeaseOneAsync(Orders));
        await Engine.CommitAsync(new Commit().Release(second));
        await RemoveAsync(first);
        (await LeaseTextsAsync(Orders)).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task What_is_being_processed_is_handed_to_nobody_else()
    {
        await AddAllAsync(1);
        var lease = await LeaseOneAsync(Orders);
        Time.Advance(TimeSpan.FromSeconds(2));
        (await LeaseAsync(Orders, 10)).ShouldBeEmpty();
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = TimeSpan.FromSeconds(2) }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(2));
        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
        await RemoveAsync(lease);
    }

    [Fact]
    public async Task What_is_refused_for_good_is_a_dead_letter_and_handed_out_no_more()
    {
        var dead = QueueName.Parse("orders-dead");
        await AddAllAsync(2);
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Move(lease, dead, new MessageChanges { LastError = "554 no" }));
        (await LeaseTextsAsync(Orders)).ShouldBe(["1"]);
        var letter = (await BrowseAsync(dead)).ShouldHaveSingleItem();
        (letter.Id, letter.LastError).ShouldBe((lease.Message.Id, "554 no"));
    }

    [Fact]
    public async Task A_settled_message_cannot_be_settled_again()
    {
        await AddAllAsync(2);
        var leases = await LeaseAsync(Orders, 2);
        await RemoveAsync(leases[0]);
        await Engine.CommitAsync(new Commit().Release(leases[1]));
        (await ConflictOfAsync(leases[0])).ShouldBe(ConflictReason.MessageNotFound);
        (await ConflictOfAsync(leases[1])).ShouldBe(ConflictReason.LeaseEnded);

        async Task<ConflictReason> ConflictOfAsync(LeasedMessage lease) =>
            (await Should.ThrowAsync<CommitConflictException>(() => RemoveAsync(lease))).Conflicts.ShouldHaveSingleItem().Reason;
    }

    [Fact]
    public async Task The_size_counts_what_waits_and_what_is_processed_until_it_is_acked()
    {
        Engine.Status(Orders).ShouldBeNull();
        await AddAllAsync(1);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
        await AddAsync(Orders, "1");
        await AddAsync(Orders, "2");
        Engine.Status(Orders)!.Messages.ShouldBe(3);

        var leases = await LeaseAsync(Orders, 2);
        Engine.Status(Orders)!.Messages.ShouldBe(3);
        await RemoveAsync(leases[0]);
        Engine.Status(Orders)!.Messages.ShouldBe(2);
        await Engine.CommitAsync(new Commit().Release(leases[1]));
        Engine.Status(Orders)!.Messages.ShouldBe(2);
        await RemoveAsync(leases[1].Message.Id);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task The_size_of_an_empty_queue_is_zero()
    {
        await SetAsync(Orders, QueuePolicy.Default);
        var status = Engine.Status(Orders)!;
        (status.Messages, status.Bytes, status.OldestEnqueuedAt).ShouldBe((0, 0, null));
    }

    [Fact]
    public async Task A_large_body_goes_when_its_message_is_acked_and_not_before()
    {
        var bytes = new byte[200_000];
        new Random(5).NextBytes(bytes);
        await AddAsync(new NewMessage { Queue = Orders, Content = Bodies.Body.Of(bytes) });
        var lease = await LeaseOneAsync(Orders);
        (await LengthAsync()).ShouldBe(bytes.Length);
        await RemoveAsync(lease);
        await UntilAsync(() => LengthAsync().GetAwaiter().GetResult() is null);

        async Task<long?> LengthAsync()
        {
            try
            {
                await using var stream = await Engine.OpenAsync(lease.Message.Content);
                return stream.Length;
            }
            catch (Engine.BodyLostException e) when (!e.IsDamaged)
            {
                return null;
            }
        }
    }
}
