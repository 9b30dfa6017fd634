using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class PagingTests : IAsyncLifetime
{
    private const int Count = 400;
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly QueueName Other = QueueName.Parse("other");

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();
    private readonly List<MessageId> _ids = [];
    private DateTimeOffset _startedAt;
    private JournalEngine _engine = null!;

    public async Task InitializeAsync()
    {
        _engine = await OpenAsync();
        _startedAt = _time.GetUtcNow();
        for (var i = 0; i < Count; i++)
            _ids.Add((await _engine.CommitAsync(new Commit().Add(Text(i)))).Added[0].Id);
        await UntilAsync(() => _engine.ColdMessages > Count / 2);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task What_is_cold_counts_like_everything_else()
    {
        var status = _engine.Status(Orders)!;
        status.Ready.ShouldBe(Count);
        status.Bytes.ShouldBe(Enumerable.Range(0, Count).Sum(i => (long)TextOf(i).Length));
        status.OldestEnqueuedAt.ShouldBe(_startedAt);
        _engine.Groups(Orders).Sum(group => group.Messages).ShouldBe(Count);
        await ReopenAsync();
        _engine.Status(Orders)!.Ready.ShouldBe(Count);
        _engine.Status(Orders)!.Bytes.ShouldBe(status.Bytes);
        _engine.Groups(Orders).Sum(group => group.Ready).ShouldBe(Count);
        _engine.ColdMessages.ShouldBeGreaterThan(Count / 2);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(10, false)]
    [InlineData(1000, false)]
    [InlineData(7, true)]
    public async Task Everything_is_handed_out_once_and_in_order(int atOnce, bool isReopened)
    {
        if (isReopened)
            await ReopenAsync();
        var texts = new List<string>();
        while (await _engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = atOnce }) is { Count: > 0 } leases)
        {
            leases.Count.ShouldBe(Math.Min(atOnce, Count - texts.Count));
            foreach (var lease in leases)
                texts.Add(await ReadAsync(lease.Message));
            await _engine.CommitAsync(leases.Aggregate(new Commit(), (commit, lease) => commit.Remove(lease)));
        }
        texts.ShouldBe(Enumerable.Range(0, Count).Select(TextOf));
        _engine.ColdMessages.ShouldBe(0);
        _engine.Status(Orders)!.Messages.ShouldBe(0);
        await ReopenAsync();
        _engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Who_waits_for_a_paused_queue_gets_cold_messages_when_it_goes_on()
    {
        await _engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { IsPaused = true }));
        var waiting = _engine.LeaseAsync(Orders, new LeaseRequest { Wait = TimeSpan.FromHours(1) }).AsTask();
        await _engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy()));
        (await ReadAsync((await waiting)[0].Message)).ShouldBe(TextOf(0));
    }

    [Fact]
    public async Task A_higher_priority_goes_before_what_is_cold()
    {
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("high"u8.ToArray()), Priority = Priority.Of(9) }));
        (await ReadAsync((await _engine.LeaseAsync(Orders, new LeaseRequest()))[0].Message)).ShouldBe("high");
        (await ReadAsync((await _engine.LeaseAsync(Orders, new LeaseRequest()))[0].Message)).ShouldBe(TextOf(0));
    }

    [Fact]
    public async Task Browsing_sees_each_once_and_in_order_and_brings_nothing_in()
    {
        for (var round = 0; round < 2; round++)
        {
            var cold = _engine.ColdMessages;
            var texts = new List<string>();
            await foreach (var message in _engine.BrowseAsync(Orders, MessageFilter.All))
                texts.Add(Encoding.UTF8.GetString(message.Attributes["text"].Bytes.Span));
            texts.ShouldBe(Enumerable.Range(0, Count).Select(TextOf));
            _engine.ColdMessages.ShouldBeGreaterThanOrEqualTo(cold);
            await ReopenAsync();
        }
    }

    [Fact]
    public async Task Any_message_can_be_found_read_changed_moved_and_removed_by_its_id()
    {
        var random = new Random(7);
        var left = Enumerable.Range(0, Count).ToDictionary(i => i, TextOf);
        for (var step = 0; step < 300; step++)
        {
            var i = random.Next(Count);
            var found = await _engine.FindAsync(_ids[i]);
            (found is not null).ShouldBe(left.ContainsKey(i));
            if (found is null)
            {
                await Should.ThrowAsync<CommitConflictException>(async () => await _engine.CommitAsync(new Commit().Remove(_ids[i])));
                continue;
            }
            (await ReadAsync(found)).ShouldBe(TextOf(i));
            switch (random.Next(4))
            {
                case 0:
                    await _engine.CommitAsync(new Commit().Remove(_ids[i]));
                    left.Remove(i);
                    break;
                case 1:
                    await _engine.CommitAsync(new Commit().Move(_ids[i], found.Queue == Orders ? Other : Orders));
                    break;
                case 2:
                    await _engine.CommitAsync(new Commit().Change(_ids[i], new MessageChanges { Priority = Priority.Of(random.Next(10)) }));
                    break;
                case 3:
                    await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Other, Content = found.Content }).Remove(_ids[i]));
                    left.Remove(i);
                    break;
            }
            if (step % 100 == 99)
                await ReopenAsync();
        }
        _engine.Queues().Sum(queue => queue.Messages).ShouldBe(left.Count + await CopiesAsync());
    }

    [Fact]
    public async Task A_queue_that_is_deleted_takes_its_cold_messages_along_and_their_segments_are_given_back()
    {
        await _engine.CommitAsync(new Commit().DeleteQueue(Orders));
        _engine.ColdMessages.ShouldBe(0);
        (await _engine.FindAsync(_ids[0])).ShouldBeNull();
        await UntilAsync(() => _files.Segments().Count <= 3);
        _files.List("hints").Count.ShouldBeLessThanOrEqualTo(3);
        await ReopenAsync();
        _engine.Status(Orders).ShouldBeNull();
        await _engine.CommitAsync(new Commit().Add(Text(1)));
        _engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Who_is_about_to_bring_in_what_is_gone_meanwhile_gets_nothing()
    {
        var goesOn = new TaskCompletionSource();
        _files.Opening = name => name.StartsWith("hints/", StringComparison.Ordinal) ? goesOn.Task : Task.CompletedTask;
        var finding = _engine.FindAsync(_ids[Count / 2]).AsTask(); // reads a hint, and holds up whoever wants to read another one
        var leasing = _engine.LeaseAsync(Orders, new LeaseRequest()).AsTask();
        await _engine.CommitAsync(new Commit().DeleteQueue(Orders));
        await UntilAsync(() => !_files.Segments().Contains("0000000001"));
        goesOn.SetResult();
        (await finding).ShouldBeNull();
        (await leasing.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cold_messages_are_removed_when_they_are_older_than_their_queue_keeps_them()
    {
        await _engine.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { Retention = TimeSpan.FromHours(1) }));
        _time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1));
        await UntilAsync(() => _engine.Status(Orders)!.Messages == 0);
        await UntilAsync(() => _files.Segments().Count <= 3);
    }

    [Fact]
    public async Task A_segment_that_is_mostly_dead_is_rewritten_though_the_rest_is_cold()
    {
        for (var i = 0; i < Count; i++)
        {
            if (i % 5 != 0)
                await _engine.CommitAsync(new Commit().Remove(_ids[i]));
        }
        await UntilAsync(() => !_files.Segments().Contains("0000000001"));
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Count; i++)
                ((await _engine.FindAsync(_ids[i])) is not null).ShouldBe(i % 5 == 0, $"{i}");
            await ReopenAsync();
        }
        var texts = new List<string>();
        foreach (var lease in await _engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = Count }))
            texts.Add(await ReadAsync(lease.Message));
        texts.ShouldBe(Enumerable.Range(0, Count).Where(i => i % 5 == 0).Select(TextOf));
    }

    [Fact]
    public async Task Each_byte_of_a_hint_may_be_damaged_and_nothing_is_lost()
    {
        await _engine.DisposeAsync();
        var name = $"hints/{_files.List("hints")[0]}";
        for (var at = 0; at < _files[name].Length; at += at < 256 ? 1 : 37)
        {
            var files = _files.Copy();
            var bytes = (byte[])files[name].Clone();
            bytes[at] ^= 0x40;
            files[name] = bytes;
            await using var engine = await JournalEngine.OpenAsync(files, JournalTestOptions.Cold, _time);
            engine.Status(Orders)!.Messages.ShouldBe(Count, $"byte {at}");
            var seen = 0;
            await foreach (var message in engine.BrowseAsync(Orders, MessageFilter.All))
                message.Id.ShouldBe(_ids[seen++], $"byte {at}");
            seen.ShouldBe(Count, $"byte {at}");
        }
        _engine = await OpenAsync();
    }

    [Fact]
    public async Task A_hint_that_is_damaged_while_it_is_needed_is_made_anew()
    {
        foreach (var hint in _files.List("hints"))
        {
            var bytes = (byte[])_files[$"hints/{hint}"].Clone();
            bytes[^3] ^= 1;
            _files[$"hints/{hint}"] = bytes;
        }
        var seen = 0;
        await foreach (var message in _engine.BrowseAsync(Orders, MessageFilter.All))
            message.Id.ShouldBe(_ids[seen++]);
        seen.ShouldBe(Count);
        _engine.Health.Reason!.ShouldContain("hints/");
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("of another segment")]
    [InlineData("half written")]
    public async Task A_hint_that_does_not_fit_is_not_believed(string what)
    {
        await _engine.DisposeAsync();
        var hints = _files.List("hints");
        var stale = (byte[])_files[$"hints/{hints[1]}"].Clone();
        switch (what)
        {
            case "lost":
                await _files.DeleteAsync($"hints/{hints[0]}");
                break;
            case "of another segment":
                _files[$"hints/{hints[0]}"] = stale;
                break;
            default:
                await _files.RenameAsync($"hints/{hints[0]}", $"hints/{hints[0]}.tmp");
                break;
        }
        _engine = await OpenAsync();
        _engine.Status(Orders)!.Messages.ShouldBe(Count);
        (await ReadAsync((await _engine.LeaseAsync(Orders, new LeaseRequest()))[0].Message)).ShouldBe(TextOf(0));
        _files.List("hints").ShouldContain(hints[0]);
        _files.List("hints").ShouldNotContain($"{hints[0]}.tmp");
    }

    private async Task<int> CopiesAsync()
    {
        var copies = 0;
        await foreach (var message in _engine.BrowseAsync(Other, MessageFilter.All))
            copies += _ids.Contains(message.Id) ? 0 : 1;
        return copies;
    }

    private Task<JournalEngine> OpenAsync() => JournalEngine.OpenAsync(_files, JournalTestOptions.Cold, _time);

    private async Task ReopenAsync()
    {
        await _engine.DisposeAsync();
        _engine = await OpenAsync();
    }

    private static string TextOf(int i) => $"message {i}";

    private static NewMessage Text(int i) => new()
    {
        Queue = Orders,
        Content = Body.Of(Encoding.UTF8.GetBytes(TextOf(i))),
        Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["text"] = TextOf(i) },
    };

    private async Task<string> ReadAsync(Message message)
    {
        await using var stream = await _engine.OpenAsync(message.Content);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private Task UntilAsync(Func<bool> isSo) =>
        _time.UntilAsync(isSo, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(20), () => $"cold: {_engine.ColdMessages}");
}
