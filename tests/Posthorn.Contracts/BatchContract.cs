using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Thousands of operations are one commit, and a commit whose answer was lost may be sent again.</summary>
public abstract class BatchContract : EngineContract
{
    private const int Many = 5_000;

    private Commit Send(string? key = null) =>
        Enumerable.Range(0, Many).Aggregate(new Commit { IdempotencyKey = key }, (commit, i) => commit.Add(Text(Orders, $"{i}")));

    [Fact]
    public async Task Thousands_are_added_moved_and_removed_in_one_commit_each()
    {
        var added = (await Engine.CommitAsync(Send())).Added;
        added.Select(a => a.Number).ShouldBe(Enumerable.Range(1, Many).Select(i => (long)i));
        var leases = await LeaseAsync(Orders, Many);
        leases.Select(lease => lease.Message.Id).ShouldBe(added.Select(a => a.Id));
        await Engine.CommitAsync(leases.Aggregate(new Commit(), (commit, lease) => commit.Remove(lease).Add(Text(Invoices, "done"))));
        (Engine.Status(Orders)!.Messages, Engine.Status(Invoices)!.Messages).ShouldBe((0, Many));
        var ids = (await BrowseAsync(Invoices)).Select(m => m.Id).ToList();
        await Engine.CommitAsync(ids.Aggregate(new Commit(), (commit, id) => commit.Move(id, Orders)));
        (await BrowseAsync(Orders)).Select(m => m.Id).ShouldBe(ids);
    }

    [Fact]
    public async Task Of_thousands_one_that_cannot_be_done_lets_none_happen()
    {
        var gone = (await AddAsync(Orders, "gone")).Id;
        await RemoveAsync(gone);
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(Send().Remove(gone)));
        conflict.Conflicts.ShouldBe([new CommitConflict(Many, ConflictReason.MessageNotFound)]);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_can_be_sent_again_even_after_a_restart()
    {
        var first = await Engine.CommitAsync(Send("batch"));
        (await Engine.CommitAsync(Send("batch"))).Added.ShouldBe(first.Added);
        await ReopenAsync();
        var again = await Engine.CommitAsync(Send("batch"));
        (again.IsRepeat, again.Added.SequenceEqual(first.Added)).ShouldBe((true, true));
        Engine.Status(Orders)!.Messages.ShouldBe(Many);
    }

    [Fact]
    public async Task A_consumer_may_repeat_its_commit_though_its_lease_has_ended()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        Commit Finish() => new Commit { IdempotencyKey = "finish" }.Remove(lease).Add(Text(Invoices, "y"));
        var first = await Engine.CommitAsync(Finish());
        (await Engine.CommitAsync(Finish())).ShouldSatisfyAllConditions(r => r.IsRepeat.ShouldBeTrue(), r => r.Added.ShouldBe(first.Added));
        await ReopenAsync();
        (await Engine.CommitAsync(Finish())).IsRepeat.ShouldBeTrue();
        Engine.Status(Invoices)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_commit_that_was_refused_leaves_its_key_free()
    {
        var id = (await AddAsync(Invoices, "x")).Id;
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 1 });
        Commit Both() => new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "1")).Add(Text(Orders, "2"));
        await Should.ThrowAsync<Engine.QueueFullException>(async () => await Engine.CommitAsync(Both()));
        await RemoveAsync(id);
        await SetAsync(Orders, QueuePolicy.Default);
        (await Engine.CommitAsync(Both())).IsRepeat.ShouldBeFalse();
        Engine.Status(Orders)!.Messages.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_key_from_many_at_once_and_over_and_over_happens_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(async () =>
            await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")).SetDocument("d", new byte[] { 1 })))));
        results.Count(r => !r.IsRepeat).ShouldBe(1);
        results.Select(r => r.Added[0]).Distinct().ShouldHaveSingleItem();
        for (var i = 0; i < 3; i++)
        {
            await ReopenAsync();
            (await Engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "x")))).IsRepeat.ShouldBeTrue();
        }
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }
}
