using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class ScrubTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();
    private JournalEngine _engine = null!;

    public async Task InitializeAsync()
    {
        _engine = await JournalEngine.OpenAsync(_files, JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0 }, _time);
        for (var i = 0; i < 60; i++)
            await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[1000]) }));
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[200_000]) }));
        await UntilAsync(() => _files.List("hints").Count > 2);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_segment_that_changed_on_disk_is_told_before_anybody_reads_it()
    {
        var name = $"segments/{_files.Segments()[1]}";
        await FlipAsync(name, 9000);
        await UntilAsync(() => _engine.Health.Reason is not null);
        _engine.Health.Reason!.ShouldContain("Segment 2");
        _engine.Health.Reason!.ShouldContain("posthorn journal check");
        _engine.Status(Orders)!.Messages.ShouldBe(61);
    }

    [Fact]
    public async Task A_body_file_that_changed_on_disk_is_told_before_anybody_reads_it()
    {
        var name = $"bodies/{_files.List("bodies").ShouldHaveSingleItem()}";
        await FlipAsync(name, 150_000);
        await UntilAsync(() => _engine.Health.Reason is not null);
        _engine.Health.Reason!.ShouldContain(name);
    }

    [Fact]
    public async Task A_hint_that_changed_on_disk_is_made_anew()
    {
        var name = $"hints/{_files.List("hints")[0]}";
        var right = (byte[])_files[name].Clone();
        await FlipAsync(name, 200);
        await UntilAsync(() => _engine.Health.Reason is not null);
        _engine.Health.Reason!.ShouldContain(name);
        await UntilAsync(() => _files[name].AsSpan().SequenceEqual(right));
    }

    [Fact]
    public async Task A_sound_journal_is_read_through_again_the_next_day_without_a_word()
    {
        for (var i = 0; i < 200; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(20));
            await Task.Yield();
        }
        _engine.Health.Reason.ShouldBeNull();
        _engine.Status(Orders)!.Messages.ShouldBe(61);
    }

    // In place: the engine has its segments open.
    private async Task FlipAsync(string name, int at)
    {
        await using var file = await _files.OpenAsync(name, OpenIntent.Write);
        await file.WriteAsync(at, new[] { (byte)(_files[name][at] ^ 1) });
    }

    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(20));
}
