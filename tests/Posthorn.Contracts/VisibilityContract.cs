using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What SQS promises of receiving: timeouts, receipt handles, counts and the limit in flight.</summary>
public abstract class VisibilityContract : EngineContract
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private async Task<ConflictReason> RefusalOfAsync(MessageReference message) =>
        (await Should.ThrowAsync<CommitConflictException>(() => RemoveAsync(message))).Conflicts.ShouldHaveSingleItem().Reason;

    [Fact]
    public async Task A_receive_without_a_timeout_gives_the_message_and_leaves_it_visible_and_counts()
    {
        await AddAsync(Orders, "x");
        var handles = new HashSet<ReceiptHandle>();
        for (var receive = 1; receive <= 3; receive++)
        {
            var lease = (await LeaseAsync(Orders, visibility: TimeSpan.Zero)).ShouldHaveSingleItem();
            lease.Message.ReceiveCount.ShouldBe(receive);
            handles.Add(lease.Handle).ShouldBeTrue();
        }
        Engine.Status(Orders)!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task A_timeout_of_one_receive_is_not_that_of_the_next()
    {
        await AddAsync(Orders, "x");
        await LeaseAsync(Orders, visibility: TimeSpan.FromSeconds(3));
        Time.Advance(TimeSpan.FromSeconds(3));
        (await LeaseOneAsync(Orders)).ExpiresAt.ShouldBe(Time.GetUtcNow() + QueuePolicy.Default.VisibilityTimeout);
    }

    [Fact]
    public async Task An_extension_counts_from_now_and_is_not_remembered_for_the_next_receive()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        Time.Advance(TimeSpan.FromSeconds(20));
        (await Engine.ExtendAsync(lease.Handle, Minute)).ShouldBe(Time.GetUtcNow() + Minute);
        Time.Advance(Minute);
        (await LeaseOneAsync(Orders)).ExpiresAt.ShouldBe(Time.GetUtcNow() + QueuePolicy.Default.VisibilityTimeout);
    }

    [Fact]
    public async Task A_lease_may_be_shortened()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        await Engine.ExtendAsync(lease.Handle, TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_handle_of_an_earlier_receive_neither_ends_nor_extends_the_lease_of_a_later_one()
    {
        await AddAsync(Orders, "x");
        var first = await LeaseOneAsync(Orders);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        var second = await LeaseOneAsync(Orders);
        (await RefusalOfAsync(first)).ShouldBe(ConflictReason.LeaseEnded);
        (await Engine.ExtendAsync(first.Handle, TimeSpan.Zero)).ShouldBeNull();
        await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Release(first)));
        (await Engine.ExtendAsync(second.Handle, Minute)).ShouldNotBeNull();
        await RemoveAsync(second);
    }

    [Fact]
    public async Task Whoever_was_given_a_message_may_end_it_by_its_id_however_old_his_receive_is()
    {
        // What a door does that takes late deletes: standard queues of SQS let any handle end a message, whoever holds it now.
        await AddAsync(Orders, "x");
        var first = await LeaseOneAsync(Orders);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        var second = await LeaseOneAsync(Orders);
        await RemoveAsync(first.Message.Id);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        (await RefusalOfAsync(second)).ShouldBe(ConflictReason.MessageNotFound);
        (await RefusalOfAsync(first.Message.Id)).ShouldBe(ConflictReason.MessageNotFound);
    }

    [Fact]
    public async Task A_handle_that_nobody_was_given_is_refused()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        (await RefusalOfAsync(lease.Handle with { Token = lease.Handle.Token ^ 1 })).ShouldBe(ConflictReason.LeaseEnded);
        (await RefusalOfAsync(new ReceiptHandle(new MessageId(4711), lease.Handle.Token))).ShouldBe(ConflictReason.MessageNotFound);
        (await Engine.ExtendAsync(lease.Handle with { Token = 0 }, Minute)).ShouldBeNull();
        await RemoveAsync(lease);
    }

    [Fact]
    public async Task A_handle_comes_back_from_its_text()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        ReceiptHandle.TryParse(lease.Handle.ToString(), out var handle).ShouldBeTrue();
        await RemoveAsync(handle);
        foreach (var garbage in new[] { "", "garbage", lease.Handle.ToString()[..^1], lease.Handle + "0", lease.Handle.ToString().Replace('-', '+') })
            ReceiptHandle.TryParse(garbage, out _).ShouldBeFalse(garbage);
    }

    [Fact]
    public async Task Messages_given_back_by_their_time_keep_the_order_in_which_they_were_sent()
    {
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        await LeaseAsync(Orders, 1, visibility: 2 * Minute);
        await LeaseAsync(Orders, 2, visibility: Minute);
        Time.Advance(2 * Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "1", "2", "3"]);
    }

    [Fact]
    public async Task The_limit_in_flight_counts_each_message_once_and_ends_with_a_lease()
    {
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 2 });
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        var leases = await LeaseAsync(Orders, 10);
        leases.Count.ShouldBe(2);
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        await Engine.ExtendAsync(leases[0].Handle, Minute);
        Engine.Status(Orders)!.Leased.ShouldBe(2);
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["1"]);
        await AddAsync(Orders, "4"); // sending goes on
        await RemoveAsync(leases[0]);
        (await LeaseTextsAsync(Orders, 10)).ShouldBe(["2"]);
    }

    [Fact]
    public async Task Counts_tell_ready_delayed_and_leased_apart()
    {
        for (var i = 0; i < 5; i++)
            await AddAsync(Orders, $"{i}");
        await AddAsync(Text(Orders, "later") with { DueAt = Time.GetUtcNow() + Minute });
        await LeaseAsync(Orders, 2);
        var status = Engine.Status(Orders)!;
        (status.Ready, status.Leased, status.Delayed).ShouldBe((3, 2, 1));
        Time.Advance(Minute);
        status = Engine.Status(Orders)!;
        (status.Ready, status.Leased, status.Delayed).ShouldBe((6, 0, 0));
    }

    [Fact]
    public async Task A_message_too_old_is_gone_though_somebody_holds_it()
    {
        await SetAsync(Orders, new QueuePolicy { Retention = Minute });
        await AddAsync(Orders, "x");
        Time.Advance(TimeSpan.FromSeconds(50));
        var lease = (await LeaseAsync(Orders, visibility: TimeSpan.FromHours(1))).ShouldHaveSingleItem();
        Time.Advance(TimeSpan.FromSeconds(71));
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 0, TimeSpan.FromMilliseconds(10));
        (await RefusalOfAsync(lease)).ShouldBe(ConflictReason.MessageNotFound);
    }

    [Fact]
    public async Task A_waiting_receive_returns_with_what_there_is_and_does_not_wait_to_be_filled()
    {
        await AddAsync(Orders, "1");
        (await Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10, Wait = TimeSpan.FromSeconds(20) })).Count.ShouldBe(1);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10, Wait = TimeSpan.FromSeconds(20) }).AsTask();
        await AddAsync(Orders, "2");
        (await waiting.WaitAsync(Patience)).Count.ShouldBe(1);
    }
}
