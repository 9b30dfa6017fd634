using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>What is between shards: dead letters, queues and documents set together, what may not be one commit, and a shard that is away.</summary>
public sealed class ShardedEngineTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Invoices = QueueName.Parse("invoices");
    private static readonly QueueName Dead = QueueName.Parse("orders-dead");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly TwoShards _shards = new();
    private volatile bool _isAway;

    private static NewMessage Text(QueueName queue, string text) => new() { Queue = queue, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    [Fact]
    public async Task A_dead_letter_goes_to_its_queue_in_another_shard_and_back()
    {
        await using var engine = await _shards.OpenAsync(_time);
        await engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Dead }).Add(Text(Orders, "x")));
        engine.Status(Orders)!.Policy.DeadLetterQueue.ShouldBe(Dead);
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();

        await engine.CommitAsync(new Commit().Release(lease, changes: new MessageChanges { LastError = "no" }));

        var letter = (await engine.LeaseAsync(Dead, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask().WaitAsync(Patience)).ShouldHaveSingleItem();
        (letter.Message.Id, letter.Message.LastError, letter.Message.Text(MessageAttributes.DeadLetterSource)).ShouldBe((lease.Message.Id, "no", "orders"));
        letter.Message.Attributes.Count.ShouldBe(1);
        await engine.CommitAsync(new Commit().Move(letter, Orders));
        (await engine.FindAsync(lease.Message.Id))!.Queue.ShouldBe(Orders);
        engine.Queues().Select(q => q.Name).ShouldBe([Orders, Dead]);
    }

    [Fact]
    public async Task A_dead_letter_whose_lease_ran_out_goes_there_too_also_after_a_restart()
    {
        await using (var engine = await _shards.OpenAsync(_time))
        {
            await engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { ReceivesMax = 1, DeadLetterQueue = Dead }).Add(Text(Orders, "x")));
            (await engine.LeaseAsync(Orders, new LeaseRequest())).Count.ShouldBe(1);
        }
        await using var next = await _shards.OpenAsync(_time);
        await _time.UntilAsync(() => next.Status(Dead)?.Messages == 1, TimeSpan.FromSeconds(1), Patience);
        next.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Queues_of_several_shards_and_documents_are_set_in_one_commit()
    {
        await using var engine = await _shards.OpenAsync(_time);
        await engine.CommitAsync(new Commit().SetQueue(Invoices, new QueuePolicy { MessagesMax = 7 }).SetQueue(Orders, new QueuePolicy { IsFifo = true }).SetDocument("d", new byte[] { 1 }));
        (engine.Status(Invoices)!.Policy.MessagesMax, engine.Status(Orders)!.Policy.IsFifo, engine.Document("d")!.Value.Length).ShouldBe((7, true, 1));
        var id = (await engine.CommitAsync(new Commit().Add(Text(Invoices, "x")))).Added[0].Id;
        await engine.CommitAsync(new Commit().Remove(id).SetDocument("d", null).DeleteQueue(Orders));
        (engine.Document("d") is null, engine.Status(Orders)).ShouldBe((true, null));
        engine.Documents("").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_may_fail_in_two_shards_is_no_one_commit()
    {
        await using var engine = await _shards.OpenAsync(_time);
        var added = (await engine.CommitAsync(new Commit().Add(Text(Orders, "a")).Add(Text(Invoices, "b")))).Added;
        var refusal = await Should.ThrowAsync<SpanningCommitException>(async () => await engine.CommitAsync(new Commit().Remove(added[0].Id).Remove(added[1].Id)));
        refusal.Message.ShouldContain("'home' and 'b'");
        (engine.Status(Orders)!.Messages, engine.Status(Invoices)!.Messages).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_full_queue_in_another_shard_refuses_before_anything_happened()
    {
        await using var engine = await _shards.OpenAsync(_time);
        await engine.CommitAsync(new Commit().SetQueue(Invoices, new QueuePolicy { MessagesMax = 1, MessageBytesMax = 3 }).Add(Text(Orders, "a")));
        var id = (await engine.LeaseAsync(Orders, new LeaseRequest()))[0];
        (await Should.ThrowAsync<QueueFullException>(async () => await engine.CommitAsync(new Commit().Remove(id).Add(Text(Invoices, "long"))))).IsMessageTooLarge.ShouldBeTrue();
        await engine.CommitAsync(new Commit().Remove(id).Add(Text(Invoices, "b")));
        (await Should.ThrowAsync<QueueFullException>(async () => await engine.CommitAsync(new Commit().Add(Text(Invoices, "c")).Add(Text(Orders, "d"))))).IsMessageTooLarge.ShouldBeFalse();
        engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_streamed_in_before_its_queue_was_known_comes_out_of_any_shard()
    {
        await using var engine = await _shards.OpenAsync(_time);
        await using var writer = engine.CreateBody();
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        writer.Write(bytes);
        var body = await writer.CompleteAsync(default);
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Invoices, Content = body }).Add(new NewMessage { Queue = Orders, Content = body }));
        foreach (var queue in new[] { Orders, Invoices })
        {
            await using var stream = await engine.OpenAsync((await engine.LeaseAsync(queue, new LeaseRequest()))[0].Message.Content);
            var read = new MemoryStream();
            await stream.CopyToAsync(read);
            read.ToArray().ShouldBe(bytes);
        }
    }

    [Fact]
    public async Task A_repeated_commit_is_answered_as_the_first_time_wherever_its_messages_are_by_now()
    {
        await using var engine = await _shards.OpenAsync(_time);
        var id = (await engine.CommitAsync(new Commit().Add(Text(Orders, "x")))).Added[0].Id;
        var commit = new Commit { IdempotencyKey = "once" }.Move(id, Invoices).Add(Text(Orders, "y"));
        var first = await engine.CommitAsync(commit);
        var second = await engine.CommitAsync(commit);
        (first.IsRepeat, second.IsRepeat).ShouldBe((false, true));
        (second.Moved, second.Added).ShouldSatisfyAllConditions(r => r.Moved.ShouldBe(first.Moved), r => r.Added.ShouldBe(first.Added));
        (engine.Status(Orders)!.Messages, engine.Status(Invoices)!.NextNumber).ShouldBe((1, 2));
    }

    [Fact]
    public async Task While_a_shard_is_away_the_others_serve_and_what_spans_them_is_refused_before_it_is_decided()
    {
        await using var engine = await OpenWithAwayAsync();
        await engine.CommitAsync(new Commit().Add(Text(Orders, "a")).Add(Text(Invoices, "b")));
        _isAway = true;

        Should.Throw<EngineUnavailableException>(() => engine.Status(Invoices)).Message.ShouldContain("'b'");
        engine.Health.ShouldSatisfyAllConditions(h => h.State.ShouldBe(EngineState.Serving), h => h.Reason!.ShouldContain("The shard 'b'"));
        engine.Queues().Select(q => q.Name).ShouldBe([Orders]);
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices, "c"))))).IsOutcomeUnknown.ShouldBeFalse();
        engine.Status(Orders)!.Leased.ShouldBe(1);

        _isAway = false;
        await _time.UntilAsync(() => engine.Health.Reason is null, TimeSpan.FromSeconds(1), Patience);
        await engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices, "c")));
        (engine.Status(Orders)!.Messages, engine.Status(Invoices)!.Messages).ShouldBe((0, 2));
    }

    [Fact]
    public async Task A_shard_that_goes_away_after_the_decision_gets_its_part_when_it_is_back()
    {
        var decided = false;
        await using var engine = await _shards.OpenAsync(_time, shard => WatchedShard.Around(
            shard,
            method => shard.Identity != _shards.Home.Identity && _isAway ? new EngineUnavailableException("gone") : null,
            _ =>
            {
                _isAway = decided;
                return null;
            }));
        await engine.CommitAsync(new Commit().Add(Text(Orders, "a")));
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest())).ShouldHaveSingleItem();
        decided = true;
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Remove(lease).Add(Text(Invoices, "b"))))).IsOutcomeUnknown.ShouldBeTrue();
        engine.Status(Orders)!.Messages.ShouldBe(0);

        (decided, _isAway) = (false, false);
        await _time.UntilAsync(() => engine.Health.Reason is null && engine.Status(Invoices)?.Messages == 1, TimeSpan.FromSeconds(5), Patience);
    }

    private Task<ShardedEngine> OpenWithAwayAsync() => _shards.OpenAsync(_time, shard =>
        WatchedShard.Around(shard, _ => shard.Identity != _shards.Home.Identity && _isAway ? new EngineUnavailableException("gone") : null));
}
