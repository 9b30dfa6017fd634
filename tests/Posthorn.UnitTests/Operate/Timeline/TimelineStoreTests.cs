using Posthorn.Contracts;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Timeline;

public sealed class TimelineStoreTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly string _root = Directory.CreateTempSubdirectory("posthorn-timeline-").FullName;
    private readonly List<TimelineStore> _stores = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_life_is_told_whole_and_in_order_by_any_of_its_messages()
    {
        var store = Open();
        Live(store, origin: 1, "a@x.test", ["b@y.test", "c@z.test"]);
        Record(store, TimelineKind.Queued, message: 7, origin: 1, "split");
        Record(store, TimelineKind.Accepted, message: 2, origin: 2, "another mail");
        Record(store, TimelineKind.Delivered, message: 7, origin: 1, "250 ok");
        Record(store, TimelineKind.Bounced, message: 9, origin: 7, "a bounce that names the split message as its origin");

        foreach (ulong member in (ulong[])[1, 7, 9])
            (await ById(store, member)).Select(e => e.Event.Detail).ShouldBe(["accepted", "split", "250 ok", "a bounce that names the split message as its origin"]);
        (await ById(store, 2)).ShouldHaveSingleItem();
        (await ById(store, 3)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("<m1@x.test>")]
    [InlineData("m1@x.test")]
    [InlineData("M1@X.test")]
    public async Task A_life_is_found_by_its_Message_ID(string field)
    {
        var store = Open();
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        Live(store, origin: 2, "a@x.test", ["b@y.test"]);

        (await store.QueryAsync(new TimelineQuery { MessageIdField = field })).ShouldHaveSingleItem().Event.Message.ShouldBe(new MessageId(1));
    }

    [Fact]
    public async Task Lives_are_found_by_sender_and_by_recipient()
    {
        var store = Open();
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        Live(store, origin: 2, "b@y.test", ["c@z.test"]);
        Live(store, origin: 3, "d@x.test", ["e@y.test"]);

        (await store.QueryAsync(new TimelineQuery { Address = "B@Y.test" })).Select(e => e.Event.Message.Value).ShouldBe([1ul, 2ul]);
        (await store.QueryAsync(new TimelineQuery { Address = "b@y.test", MessageIdField = "m2@x.test" })).Select(e => e.Event.Message.Value).ShouldBe([2ul]);
    }

    [Fact]
    public async Task The_latest_lives_are_told_whole_up_to_the_limit()
    {
        var store = Open();
        for (ulong id = 1; id <= 10; id++)
        {
            Live(store, id, "a@x.test", ["b@y.test"]);
            Record(store, TimelineKind.Delivered, id, id, "done");
        }

        var told = await store.QueryAsync(new TimelineQuery { Address = "a@x.test", Limit = 5 });
        told.Select(e => e.Event.Message.Value).ShouldBe([9ul, 9ul, 10ul, 10ul]);
        (await store.QueryAsync(new TimelineQuery { Message = new MessageId(4), Limit = 1 })).ShouldHaveSingleItem().Event.Detail.ShouldBe("done");
    }

    [Fact]
    public async Task Every_field_of_an_event_comes_back()
    {
        var store = Open();
        var happened = new TimelineEvent(TimelineKind.DeadLettered, new MessageId(5), new MessageId(4), "spool/outgoing", "550 5.1.1 \"no\" <b>\r\n\u0000ü💌")
        {
            MessageIdField = "<m@x>",
            Sender = "",
            Recipients = ["ü@y.test", "c@z.test"],
            Peer = "192.0.2.1:25 mx.example.test",
        };
        store.Record(happened);

        var recorded = (await ById(store, 5)).ShouldHaveSingleItem();
        recorded.At.ShouldBe(_clock.GetUtcNow());
        (recorded.Event with { Recipients = [] }).ShouldBe(happened with { Recipients = [] });
        recorded.Event.Recipients.ShouldBe(happened.Recipients);
    }

    [Fact]
    public async Task Lives_go_on_after_a_restart()
    {
        var first = Open();
        Live(first, origin: 1, "a@x.test", ["b@y.test"]);
        await first.DisposeAsync();
        var second = Open();
        Record(second, TimelineKind.Delivered, 1, 1, "250 ok");

        (await ById(second, 1)).Select(e => e.Event.Kind).ShouldBe([TimelineKind.Accepted, TimelineKind.Delivered]);
    }

    [Fact]
    public async Task What_was_flushed_survives_a_killed_process()
    {
        var store = Open();
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();

        // The folder as a kill would leave it: no sidecar yet.
        var left = CopyFolder();
        Directory.GetFiles(left, "*.idx").ShouldBeEmpty();
        (await ById(Open(left), 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_event_is_on_its_way_to_the_disk_after_the_flush_delay_without_anyone_asking()
    {
        var store = Open();
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        await Eventually(() => Written() == 1);
        Live(store, origin: 2, "a@x.test", ["b@y.test"]);
        await Eventually(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return Written() == 2;
        });

        int Written() => Directory.GetFiles(_root, "*.jsonl").Sum(f => File.ReadAllLines(f).Length);
    }

    [Fact]
    public async Task A_file_torn_at_any_byte_loses_only_what_was_torn()
    {
        var store = Open();
        for (ulong id = 1; id <= 4; id++)
            Live(store, id, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();
        var lines = await File.ReadAllBytesAsync(Directory.GetFiles(_root, "*.jsonl").Single());

        for (var length = 0; length <= lines.Length; length++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_root, $"torn-{length}")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(folder, "0000000001.jsonl"), lines[..length]);
            await using var torn = TimelineStore.Open(folder, new TimelineOptions(), _clock, NullLogger<TimelineStore>.Instance);
            Live(torn, origin: 50, "a@x.test", ["b@y.test"]);

            var whole = (ulong)lines.AsSpan(0, length).Count((byte)'\n');
            var told = await torn.QueryAsync(new TimelineQuery { Address = "a@x.test" });
            told.Select(e => e.Event.Message.Value).ShouldBe([.. Enumerable.Range(1, (int)whole).Select(i => (ulong)i), 50ul], $"torn at byte {length}");
        }
    }

    [Fact]
    public async Task A_hole_in_a_file_costs_the_events_in_it_only()
    {
        var store = Open();
        for (ulong id = 1; id <= 4; id++)
            Live(store, id, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();
        var left = CopyFolder();
        var path = Directory.GetFiles(left, "*.jsonl").Single();
        var bytes = await File.ReadAllBytesAsync(path);
        var second = bytes.AsSpan().IndexOf((byte)'\n') + 1;
        bytes.AsSpan(second + 10, 40).Clear();
        await File.WriteAllBytesAsync(path, bytes);

        (await Open(left).QueryAsync(new TimelineQuery { Address = "a@x.test" })).Select(e => e.Event.Message.Value).ShouldBe([1ul, 3ul, 4ul]);
    }

    [Fact]
    public async Task A_sidecar_torn_or_damaged_at_any_byte_is_made_again()
    {
        var store = Open();
        for (ulong id = 1; id <= 3; id++)
            Live(store, id, "a@x.test", ["b@y.test"]);
        await store.DisposeAsync();
        var sidecar = Directory.GetFiles(_root, "*.idx").Single();
        var good = await File.ReadAllBytesAsync(sidecar);

        for (var at = 0; at < good.Length; at++)
        {
            await File.WriteAllBytesAsync(sidecar, good[..at]);
            (await ById(Open(), 2)).ShouldHaveSingleItem($"cut at byte {at}");
            var damaged = good.ToArray();
            damaged[at] ^= 0x5A;
            await File.WriteAllBytesAsync(sidecar, damaged);
            (await ById(Open(), 2)).ShouldHaveSingleItem($"damaged at byte {at}");
        }
    }

    [Fact]
    public async Task Files_follow_each_other_and_the_oldest_go_when_there_are_too_many_bytes()
    {
        var store = Open(options: new TimelineOptions { BytesMax = 1_000_000, FileBytesMax = 100_000 });
        for (ulong id = 1; id <= 10_000; id++)
        {
            Live(store, id, "a@x.test", [$"r{id}@y.test"]);
            if (id % 500 == 0)
                await store.FlushAsync();
        }

        await store.FlushAsync();
        new DirectoryInfo(_root).GetFiles().Sum(f => f.Length).ShouldBeInRange(500_000, 1_200_000);
        (await ById(store, 10_000)).ShouldHaveSingleItem();
        (await ById(store, 9_000)).ShouldHaveSingleItem();
        (await store.QueryAsync(new TimelineQuery { Address = "r9500@y.test" })).ShouldHaveSingleItem();
        (await ById(store, 1)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_go_when_their_last_event_is_older_than_the_retention()
    {
        var store = Open(options: new TimelineOptions { Retention = TimeSpan.FromDays(3) });
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        Live(store, origin: 2, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        await store.FlushAsync();

        (await ById(store, 1)).ShouldNotBeEmpty("the file's last event is two days old");
        _clock.Advance(TimeSpan.FromDays(2));
        await store.FlushAsync();
        (await ById(store, 1)).ShouldBeEmpty();
        (await ById(store, 2)).ShouldBeEmpty();
        Directory.GetFiles(_root).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disk_that_refuses_costs_events_and_nothing_else()
    {
        var folder = Path.Combine(_root, "sub");
        var store = Open(folder);
        Directory.Delete(folder);
        Live(store, origin: 1, "a@x.test", ["b@y.test"]);
        await store.FlushAsync();
        Directory.CreateDirectory(folder);
        Live(store, origin: 2, "a@x.test", ["b@y.test"]);

        (await store.QueryAsync(new TimelineQuery { Address = "a@x.test" })).Select(e => e.Event.Message.Value).ShouldBe([2ul]);
    }

    [Fact]
    public async Task Many_writers_lose_nothing()
    {
        var store = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++)
                Record(store, TimelineKind.Changed, (ulong)(w + 1), (ulong)(w + 1), i.ToString());
        })));

        for (ulong w = 1; w <= 8; w++)
            (await store.QueryAsync(new TimelineQuery { Message = new MessageId(w), Limit = 10_000 })).Select(e => e.Event.Detail).Order().ShouldBe(Enumerable.Range(0, 2_000).Select(i => i.ToString()).Order());
    }

    [Fact]
    public async Task Recording_after_the_end_is_dropped_in_silence()
    {
        var store = Open();
        await store.DisposeAsync();
        Should.NotThrow(() => Live(store, origin: 1, "a@x.test", []));
        await store.FlushAsync();
    }

    [Fact]
    public async Task A_query_that_names_no_one_is_refused() =>
        await Should.ThrowAsync<ArgumentException>(async () => await Open().QueryAsync(new TimelineQuery()));

    private TimelineStore Open(string? folder = null, TimelineOptions? options = null)
    {
        var store = TimelineStore.Open(folder ?? _root, options ?? new TimelineOptions(), _clock, NullLogger<TimelineStore>.Instance);
        _stores.Add(store);
        return store;
    }

    private string CopyFolder()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_root, "copy")).FullName;
        foreach (var file in Directory.GetFiles(_root))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private void Live(TimelineStore store, ulong origin, string sender, IReadOnlyList<string> recipients)
    {
        _clock.Advance(TimeSpan.FromTicks(1));
        store.Record(new TimelineEvent(TimelineKind.Accepted, new MessageId(origin), new MessageId(origin), "spool/process/root", "accepted")
        {
            MessageIdField = $"<m{origin}@x.test>",
            Sender = sender,
            Recipients = recipients,
        });
    }

    private void Record(TimelineStore store, TimelineKind kind, ulong message, ulong origin, string detail)
    {
        _clock.Advance(TimeSpan.FromTicks(1));
        store.Record(new TimelineEvent(kind, new MessageId(message), new MessageId(origin), null, detail));
    }

    private static ValueTask<IReadOnlyList<RecordedEvent>> ById(TimelineStore store, ulong id) => store.QueryAsync(new TimelineQuery { Message = new MessageId(id) });

    private static async Task Eventually(Func<bool> condition)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }
    }
}
