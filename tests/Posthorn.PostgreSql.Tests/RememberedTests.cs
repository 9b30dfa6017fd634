using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Commits that are decided on what the node remembers: one round trip when it still is so, and right all the same when it is not.</summary>
public sealed class RememberedTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly string _schema = DatabaseServer.NewSchema();
    private DatabaseServer _server = null!;
    private PostgresEngine _engine = null!;

    public async Task InitializeAsync()
    {
        _server = await DatabaseServer.SharedAsync();
        _engine = await TestEngine.OpenAsync(_schema, new ManualTimeProvider());
        await _engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy()));
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private async Task<AddedMessage> AddAsync(string text) => (await _engine.CommitAsync(new Commit().Add(Text(text)))).Added[0];

    private static NewMessage Text(string text) => new() { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    private async Task<LeasedMessage> LeaseAsync() => (await _engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();

    /// <summary>What another node does that is not heard of in time.</summary>
    private Task BehindItsBackAsync(string text) => _server.AskAsync(text.Replace("posthorn.", $"{_schema}.", StringComparison.Ordinal));

    private async Task<ConflictReason> ConflictAsync(Commit commit) =>
        (await Should.ThrowAsync<CommitConflictException>(async () => await _engine.CommitAsync(commit))).Conflicts.ShouldHaveSingleItem().Reason;

    [Fact]
    public async Task Who_sends_receives_releases_and_is_done_reads_nothing_first()
    {
        await AddAsync("first");
        var before = _engine.BatchesForeseen;
        for (var i = 0; i < 50; i++)
        {
            await AddAsync($"{i}");
            await _engine.CommitAsync(new Commit().Release(await LeaseAsync(), TimeSpan.Zero));
            await _engine.CommitAsync(new Commit().Remove(await LeaseAsync()).Add(Text("next")));
        }
        (_engine.BatchesForeseen - before).ShouldBeGreaterThanOrEqualTo(140); // a node that has just started hears that anything may have happened
        _engine.Status(Orders)!.Messages.ShouldBe(51);
    }

    [Fact]
    public async Task Ids_last_for_large_commits_too()
    {
        await AddAsync("first");
        var ids = new HashSet<MessageId>();
        for (var i = 0; i < 10; i++)
        {
            var commit = Enumerable.Range(0, 1 + (i * 111)).Aggregate(new Commit(), (all, n) => all.Add(Text($"{n}")));
            foreach (var added in (await _engine.CommitAsync(commit)).Added)
                ids.Add(added.Id).ShouldBeTrue();
        }
        _engine.Status(Orders)!.Messages.ShouldBe(1 + ids.Count);
    }

    [Fact]
    public async Task Ids_that_come_along_with_a_commit_are_those_that_the_next_ones_give()
    {
        await AddAsync("first");
        var before = _engine.BatchesForeseen;
        for (var i = 0; i < 100; i++)
            await _engine.CommitAsync(Enumerable.Range(0, 10).Aggregate(new Commit(), (all, n) => all.Add(Text($"{n}"))));
        (_engine.BatchesForeseen - before).ShouldBeGreaterThanOrEqualTo(95); // a node that has just started hears that anything may have happened
        // 1,001 ids in blocks of a hundred, and what is in stock.
        (await _server.AskAsync($"SELECT last_value <= 1600 FROM {_schema}.message_ids")).ShouldBe(true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_alone_is_written_as_what_comes_with_others(bool isFifo)
    {
        var queue = QueueName.Parse(isFifo ? "ordered.fifo" : "plain");
        await _engine.CommitAsync(new Commit().SetQueue(queue, new QueuePolicy { IsFifo = isFifo }));
        var message = new NewMessage { Queue = queue, Content = Body.Of("text"u8.ToArray()), Priority = Priority.Of(7), Group = "g" };
        await _engine.CommitAsync(new Commit().Add(message));
        await _engine.CommitAsync(new Commit().Add(message with { Queue = Orders }).Add(message));
        // Numbers and mod-seqs apart, which go on.
        (await _server.AskAsync($"""
            SELECT count(*) = 2 AND count(DISTINCT (d.accepted_at, d.enqueued_at, d.due_at, length, leased_until IS NULL, receive_count, state, priority, rank, is_held, is_due, is_ordered, group_name)) = 1
            FROM {_schema}.deliveries d JOIN {_schema}.queues q USING (queue_id) WHERE q.name = '{queue.Value}'
            """)).ShouldBe(true);
    }

    [Fact]
    public async Task Numbers_go_on_where_another_node_stopped()
    {
        (await AddAsync("1")).Number.ShouldBe(1);
        await BehindItsBackAsync("UPDATE posthorn.queues SET next_number = 1000, highest_mod_seq = highest_mod_seq + 7 WHERE name = 'orders'");
        (await AddAsync("2")).Number.ShouldBe(1000);
        (await AddAsync("3")).Number.ShouldBe(1001);
    }

    [Fact]
    public async Task A_queue_that_another_node_deleted_is_made_anew()
    {
        await AddAsync("1");
        await BehindItsBackAsync("UPDATE posthorn.queues SET deleted_at = 1 WHERE name = 'orders'");
        (await AddAsync("2")).Number.ShouldBe(1);
        _engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Theory]
    [InlineData("lease_token = 4711")]
    [InlineData("leased_until = 0")]
    [InlineData("state = 0, leased_until = NULL, lease_token = NULL, leased_by = NULL")]
    public async Task A_lease_that_ended_is_told(string change)
    {
        await AddAsync("1");
        var lease = await LeaseAsync();
        await BehindItsBackAsync($"UPDATE posthorn.deliveries SET {change}");
        (await ConflictAsync(new Commit().Remove(lease))).ShouldBe(ConflictReason.LeaseEnded);
        _engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_another_node_removed_is_told()
    {
        await AddAsync("1");
        var lease = await LeaseAsync();
        await BehindItsBackAsync("DELETE FROM posthorn.deliveries; DELETE FROM posthorn.messages; UPDATE posthorn.queues SET message_count = 0, byte_count = 0, highest_mod_seq = highest_mod_seq + 1");
        (await ConflictAsync(new Commit().Remove(lease))).ShouldBe(ConflictReason.MessageNotFound);
    }

    [Fact]
    public async Task A_lease_that_was_extended_holds()
    {
        await AddAsync("1");
        var lease = await LeaseAsync();
        await _engine.ExtendAsync(lease.Handle, TimeSpan.FromHours(1));
        var before = _engine.BatchesForeseen;
        await _engine.CommitAsync(new Commit().Remove(lease));
        (_engine.BatchesForeseen - before).ShouldBe(1);
    }

    [Fact]
    public async Task A_body_stays_that_another_node_has_named_meanwhile()
    {
        await AddAsync(new string('x', 5_000));
        var lease = await LeaseAsync();
        await BehindItsBackAsync("UPDATE posthorn.bodies SET reference_count = reference_count + 1");
        await _engine.CommitAsync(new Commit().Remove(lease));
        (await _server.AskAsync($"SELECT sum(reference_count) FROM {_schema}.bodies")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_message_that_another_node_changed_is_read_before_it_is_moved()
    {
        await AddAsync("1");
        var lease = await LeaseAsync();
        await BehindItsBackAsync("""
            UPDATE posthorn.deliveries SET mod_seq = mod_seq + 1; UPDATE posthorn.queues SET highest_mod_seq = highest_mod_seq + 1;
            UPDATE posthorn.messages SET flags = '["\\Seen"]'
            """);
        await _engine.CommitAsync(new Commit().Move(lease, QueueName.Parse("elsewhere")));
        (await _engine.FindAsync(lease.Message.Id))!.Flags.ShouldBe(["\\Seen"]);
    }

    [Fact]
    public async Task A_commit_with_a_key_that_another_node_committed_is_a_repeat()
    {
        await AddAsync("1");
        await using var other = await TestEngine.OpenAsync(_schema, new ManualTimeProvider());
        var first = await other.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text("2")));
        var again = await _engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text("2")));
        (again.IsRepeat, again.Added[0].Id).ShouldBe((true, first.Added[0].Id));
    }

    [Fact]
    public async Task A_batch_that_was_taken_for_lost_does_not_happen_when_it_comes_late()
    {
        await AddAsync("1");
        // As if the batch after this one had been sent, asked for in vain, and came now.
        await BehindItsBackAsync("UPDATE posthorn.nodes SET fenced_batch = last_batch + 1");
        var before = _engine.BatchesForeseen;
        (await AddAsync("2")).Number.ShouldBe(2);
        _engine.BatchesForeseen.ShouldBe(before); // it was decided anew, under another number
        (await AddAsync("3")).Number.ShouldBe(3);
        _engine.BatchesForeseen.ShouldBe(before + 1);
    }
}
