using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class ReclaimTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Keep = QueueName.Parse("keep");

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();

    private Task<JournalEngine> OpenAsync() => JournalEngine.OpenAsync(_files, JournalTestOptions.Small, _time);

    private static NewMessage Message(QueueName queue, int seed, int length = 1000) => new() { Queue = queue, Content = Body.Of(Bytes(seed, length)) };

    private static byte[] Bytes(int seed, int length = 1000)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public async Task What_passes_through_leaves_a_bounded_disk()
    {
        await using var engine = await OpenAsync();
        for (var i = 0; i < 2000; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => _files.Segments().Count <= 3);
        _files.List("spares").Count.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_few_old_messages_do_not_keep_the_disk_full_and_nothing_removed_comes_back()
    {
        var kept = new Dictionary<MessageId, int>();
        var engine = await OpenAsync();
        for (var i = 0; i < 3000; i++)
        {
            if (i % 50 == 0)
                kept.Add((await engine.CommitAsync(new Commit().Add(Message(Keep, i)))).Added[0].Id, i);
            await PassAsync(engine, i);
        }
        await SettleAsync(() => _files.Segments().Count <= 6);
        await CheckAsync(engine, kept);
        for (var restart = 0; restart < 3; restart++)
        {
            await engine.DisposeAsync();
            engine = await OpenAsync();
            await CheckAsync(engine, kept);
            engine.Status(Orders)!.Messages.ShouldBe(0);
            for (var i = 0; i < 300; i++)
                await PassAsync(engine, i);
        }
        foreach (var id in kept.Keys)
            await engine.CommitAsync(new Commit().Remove(id));
        for (var i = 0; i < 300; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => _files.Segments().Count <= 4);
        await engine.DisposeAsync();
        engine = await OpenAsync();
        engine.Queues().Sum(queue => queue.Messages).ShouldBe(0);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task What_is_being_consumed_is_left_to_die_by_itself()
    {
        await using var engine = await OpenAsync();
        for (var i = 0; i < 180; i++)
            await engine.CommitAsync(new Commit().Add(Message(Orders, i)));
        for (var i = 0; i < 40; i++)
            await engine.CommitAsync(new Commit().Remove((await engine.LeaseAsync(Orders, new LeaseRequest()))[0]));
        // Most of the first one is dead by now, and there is time to look at it; but a second is to go by first.
        for (var i = 0; i < 200; i++)
            await engine.CommitAsync(new Commit().Remove((await engine.CommitAsync(new Commit().Add(Message(Keep, i, length: 1)))).Added[0].Id));
        _files.Segments()[0].ShouldBe("0000000001");
        _files.List("hints").ShouldBeEmpty();
        await SettleAsync(() => !_files.Segments().Contains("0000000001") && _files.List("hints").Contains("0000000002"));
        await CheckQueueAsync(engine, 140);
    }

    [Fact]
    public void A_segment_is_settled_when_most_of_what_lived_a_while_ago_lives()
    {
        var segment = new Segment(new SegmentHeader(1, 1, 64 << 10, 1, 0, 1), null!) { Live = 800 };
        segment.IsSettled(now: 5, after: 1000).ShouldBeFalse();
        segment.Live = 700;
        segment.IsSettled(1004, 1000).ShouldBeFalse();
        segment.IsSettled(1005, 1000).ShouldBeTrue();
        segment.Live = 699;
        segment.IsSettled(1005, 1000).ShouldBeFalse();
        segment.IsSettled(2005, 1000).ShouldBeTrue();
        segment.Live = 0;
        segment.IsSettled(2005, after: 0).ShouldBeTrue();
    }

    [Fact]
    public async Task Bodies_shared_or_held_by_a_handle_survive_being_relocated()
    {
        var engine = await OpenAsync();
        var body = Body.Of(Bytes(77));
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Keep, Content = body }).Add(new NewMessage { Queue = Keep, Content = body }));
        var handle = (await engine.LeaseAsync(Keep, new LeaseRequest { VisibilityTimeout = TimeSpan.FromHours(10) }))[0];
        for (var i = 0; i < 500; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => !_files.Segments().Contains("0000000001"));
        (await ReadAsync(engine, handle.Message.Content)).ShouldBe(Bytes(77));
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Keep, Content = handle.Message.Content }).Remove(handle));
        await engine.DisposeAsync();
        engine = await OpenAsync();
        foreach (var lease in await engine.LeaseAsync(Keep, new LeaseRequest { MessagesMax = 10 }))
        {
            (await ReadAsync(engine, lease.Message.Content)).ShouldBe(Bytes(77));
            await engine.CommitAsync(new Commit().Remove(lease));
        }
        for (var i = 0; i < 500; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => _files.Segments().Count <= 3);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Receive_counts_outlive_the_segments_they_were_written_to_and_then_cost_nothing()
    {
        var engine = await OpenAsync();
        var id = (await engine.CommitAsync(new Commit().Add(Message(Keep, 1)))).Added[0].Id;
        for (var i = 0; i < 300; i++)
            await PassAsync(engine, i); // to another segment than the message's own
        for (var received = 1; received <= 3; received++)
        {
            var lease = (await engine.LeaseAsync(Keep, new LeaseRequest()))[0];
            _time.Advance(TimeSpan.FromSeconds(1)); // and the count is written
            await engine.ExtendAsync(lease.Handle, TimeSpan.Zero);
            for (var i = 0; i < 300; i++)
                await PassAsync(engine, i);
            await engine.DisposeAsync();
            engine = await OpenAsync();
            (await engine.FindAsync(id))!.ReceiveCount.ShouldBe(received);
        }
        await engine.CommitAsync(new Commit().Remove(id));
        for (var i = 0; i < 300; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => _files.Segments().Count <= 3);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task State_and_keys_outlive_the_segments_they_were_written_to()
    {
        var engine = await OpenAsync();
        await engine.CommitAsync(new Commit { IdempotencyKey = "k" }.SetQueue(Keep, new QueuePolicy { MessagesMax = 7 }).SetDocument("d", new byte[] { 1 }).SetDocument("e", new byte[] { 2 }).Add(Message(Orders, 1)));
        await engine.CommitAsync(new Commit().SetDocument("e", null));
        await engine.CommitAsync(new Commit().Add(Message(QueueName.Parse("gone"), 1)));
        await engine.CommitAsync(new Commit().DeleteQueue(QueueName.Parse("gone")));
        for (var i = 0; i < 500; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => !_files.Segments().Contains("0000000001"));
        await engine.DisposeAsync();
        engine = await OpenAsync();
        (await engine.CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Message(Orders, 1)))).IsRepeat.ShouldBeTrue();
        engine.Status(Keep)!.Policy.MessagesMax.ShouldBe(7);
        engine.Documents("").ShouldHaveSingleItem().Key.ShouldBe("d");
        engine.Queues().Select(queue => queue.Name).ShouldBe([Keep, Orders]);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Deduplication_ids_outlive_the_segments_they_were_written_to_and_then_cost_nothing()
    {
        var engine = await OpenAsync();
        await engine.CommitAsync(new Commit().SetQueue(Keep, new QueuePolicy { DeduplicationWindow = TimeSpan.FromHours(2), DeduplicationScope = DeduplicationScope.Group }));
        var first = (await engine.CommitAsync(new Commit().Add(Message(Keep, 1) with { DeduplicationId = "d", Group = "g" }))).Added[0];
        await engine.CommitAsync(new Commit().Remove(first.Id));
        for (var i = 0; i < 500; i++)
            await PassAsync(engine, i);
        await SettleAsync(() => !_files.Segments().Contains("0000000001"));
        await engine.DisposeAsync();
        engine = await OpenAsync();
        (await engine.CommitAsync(new Commit().Add(Message(Keep, 2) with { DeduplicationId = "d", Group = "g" }))).Added[0].ShouldBe(first with { IsDuplicate = true });
        (await engine.CommitAsync(new Commit().Add(Message(Keep, 3) with { DeduplicationId = "d" }))).Added[0].IsDuplicate.ShouldBeFalse();
        _time.Advance(TimeSpan.FromHours(2));
        (await engine.CommitAsync(new Commit().Add(Message(Keep, 2) with { DeduplicationId = "d", Group = "g" }))).Added[0].IsDuplicate.ShouldBeFalse();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task What_was_consumed_outlives_its_segments_and_can_still_be_replayed()
    {
        var engine = await OpenAsync();
        await engine.CommitAsync(new Commit().SetQueue(Keep, new QueuePolicy { KeepConsumed = TimeSpan.FromDays(10) }));
        var consumed = new Dictionary<MessageId, int>();
        for (var i = 0; i < 1500; i++)
        {
            if (i % 50 == 0)
            {
                consumed.Add((await engine.CommitAsync(new Commit().Add(Message(Keep, i)))).Added[0].Id, i);
                await engine.CommitAsync(new Commit().Remove((await engine.LeaseAsync(Keep, new LeaseRequest()))[0]));
            }
            await PassAsync(engine, i);
        }
        await SettleAsync(() => _files.Segments().Count <= 6);
        for (var restart = 0; restart < 2; restart++)
        {
            await engine.DisposeAsync();
            engine = await OpenAsync();
            var status = engine.Status(Keep)!;
            (status.Messages, status.Consumed, status.ConsumedBytes, status.NextNumber).ShouldBe((0, 30, 30_000, 31));
            for (var i = 0; i < 300; i++)
                await PassAsync(engine, i);
        }
        await engine.CommitAsync(consumed.Keys.Aggregate(new Commit(), (commit, id) => commit.Replay(id)));
        await CheckAsync(engine, consumed);
        for (var i = 0; i < 500; i++)
            await PassAsync(engine, i);
        await engine.DisposeAsync();
        engine = await OpenAsync();
        await CheckAsync(engine, consumed);
        engine.Status(Keep)!.NextNumber.ShouldBe(61);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Numbers_are_not_used_again_though_queue_segments_and_process_are_gone()
    {
        var engine = await OpenAsync();
        var numbers = new HashSet<(long Identity, long Number)>();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                var number = (await engine.CommitAsync(new Commit().Add(Message(Keep, i)))).Added[0].Number;
                numbers.Add((engine.Status(Keep)!.Identity, number)).ShouldBeTrue();
                await PassAsync(engine, i);
                await engine.CommitAsync(new Commit().Remove((await engine.LeaseAsync(Keep, new LeaseRequest()))[0]));
            }
            if (round == 1)
                await engine.CommitAsync(new Commit().DeleteQueue(Keep));
            await SettleAsync(() => _files.Segments().Count <= 3);
            await engine.DisposeAsync();
            engine = await OpenAsync();
        }
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task On_a_full_disk_adds_are_refused_the_rest_goes_on_and_service_comes_back()
    {
        _files.Capacity = 512 << 10;
        await using var engine = await OpenAsync();
        var ids = new List<MessageId>();
        await Should.ThrowAsync<StorageFullException>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
                ids.Add((await engine.CommitAsync(new Commit().Add(Message(Orders, i)))).Added[0].Id);
        });
        engine.Health.State.ShouldBe(EngineState.Full);
        ids.Count.ShouldBeGreaterThan(200);
        await engine.CommitAsync(new Commit().Move(ids[0], Keep));
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest()))[0];
        await engine.CommitAsync(new Commit().Release(lease));
        foreach (var id in ids)
            await engine.CommitAsync(new Commit().Remove(id));
        await SettleAsync(() => engine.Health.State == EngineState.Serving);
        for (var i = 0; i < 100; i++)
            await engine.CommitAsync(new Commit().Add(Message(Orders, i)));
    }

    [Fact]
    public async Task A_full_disk_survives_a_restart()
    {
        _files.Capacity = 512 << 10;
        var engine = await OpenAsync();
        var ids = new List<MessageId>();
        await Should.ThrowAsync<StorageFullException>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
                ids.Add((await engine.CommitAsync(new Commit().Add(Message(Orders, i)))).Added[0].Id);
        });
        await engine.DisposeAsync();
        engine = await OpenAsync();
        engine.Status(Orders)!.Messages.ShouldBe(ids.Count);
        foreach (var id in ids)
            await engine.CommitAsync(new Commit().Remove(id));
        await SettleAsync(() => engine.Health.State == EngineState.Serving);
        await engine.CommitAsync(new Commit().Add(Message(Orders, 1)));
        await engine.DisposeAsync();
    }

    private static async Task PassAsync(JournalEngine engine, int seed)
    {
        await engine.CommitAsync(new Commit().Add(Message(Orders, seed)));
        var lease = (await engine.LeaseAsync(Orders, new LeaseRequest()))[0];
        await engine.CommitAsync(new Commit().Remove(lease));
    }

    private static async Task CheckAsync(JournalEngine engine, Dictionary<MessageId, int> kept)
    {
        var found = new Dictionary<MessageId, int>();
        await foreach (var message in engine.BrowseAsync(Keep, MessageFilter.All))
        {
            (await ReadAsync(engine, message.Content)).ShouldBe(Bytes(kept[message.Id]));
            found.Add(message.Id, kept[message.Id]);
        }
        found.Count.ShouldBe(kept.Count);
    }

    private static async Task<byte[]> ReadAsync(JournalEngine engine, Content content)
    {
        await using var stream = await engine.OpenAsync(content);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    // Housekeeping may wait for its share of the disk or for its next look: time goes on while we wait for it.
    private static async Task CheckQueueAsync(JournalEngine engine, int count)
    {
        engine.Status(Orders)!.Messages.ShouldBe(count);
        (await engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = count + 1 })).Count.ShouldBe(count);
    }

    private async Task SettleAsync(Func<bool> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20), $"segments: {string.Join(' ', _files.Segments())}");
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
