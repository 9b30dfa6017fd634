using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class RepairTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly JournalOptions Tiny = JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0, SparesMax = 0 };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Any_record_of_any_segment_can_be_damaged_and_the_repaired_journal_opens_with_all_the_others()
    {
        var files = await MakeAsync();
        var refused = 0;
        foreach (var segment in files.Segments())
        {
            var name = $"segments/{segment}";
            foreach (var at in await RecordsAsync(files, name))
            {
                var damaged = files.Copy();
                damaged[name] = Flipped(damaged[name], (int)at + 9);
                if ((await JournalCheck.RunAsync(damaged)).Count == 0)
                    continue; // the last record: nothing proves that it was not torn
                refused++;
                foreach (var hint in damaged.List("hints"))
                    await damaged.DeleteAsync($"hints/{hint}"); // with one the damage is told when it is met: DamageTests
                await Should.ThrowAsync<JournalDamagedException>(() => CountAsync(damaged));
                await JournalRepair.RunAsync(damaged);
                (await CountAsync(damaged)).ShouldBeInRange(59, 61, $"{segment} at {at}");
                (await JournalCheck.RunAsync(damaged)).ShouldBeEmpty($"{segment} at {at}");
            }
        }
        refused.ShouldBeGreaterThan(180);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_tells_what_the_repair_then_does()
    {
        var files = await MakeAsync();
        foreach (var segment in files.Segments())
            files[$"segments/{segment}"] = Flipped(files[$"segments/{segment}"], 5000);
        var before = files.Copy();

        var told = await JournalRepair.RunAsync(files, isDryRun: true);

        files.List("damaged").ShouldBeEmpty();
        foreach (var segment in files.Segments())
            files[$"segments/{segment}"].ShouldBe(before[$"segments/{segment}"]);
        told.Count.ShouldBeGreaterThan(3);
        (await JournalRepair.RunAsync(files)).ShouldBe(told);
        (await JournalRepair.RunAsync(files)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_an_interrupted_repair_has_set_aside_is_not_overwritten()
    {
        var files = await MakeAsync();
        var name = $"segments/{files.Segments()[0]}";
        files[name] = Flipped(files[name], 5000);
        var again = files.Copy();
        await JournalRepair.RunAsync(files);
        var aside = $"damaged/{files.List("damaged").ShouldHaveSingleItem()}";
        again[aside] = files[aside];

        await JournalRepair.RunAsync(again);

        again[aside].ShouldBe(files[aside]);
        again.List("damaged").Count.ShouldBe(2);
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[at] ^= 0x40;
        return flipped;
    }

    private static async Task<List<long>> RecordsAsync(MemoryFileSystem files, string name)
    {
        await using var file = await files.OpenAsync(name, Posthorn.Files.OpenIntent.Read);
        var (header, _) = await SegmentReader.ReadHeaderAsync(file);
        var reader = new SegmentReader(file, header!.Value);
        var records = new List<long>();
        while (await reader.ReadAsync())
            records.Add(reader.RecordOffset);
        return records;
    }

    private async Task<MemoryFileSystem> MakeAsync()
    {
        var files = new MemoryFileSystem();
        for (var i = 0; i < 60;)
        {
            await using var engine = await JournalEngine.OpenAsync(files, Tiny, _time);
            for (var end = i + 12; i < end; i++)
            {
                await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), 1000))) }));
                var gone = (await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[10]) }))).Added[0].Id;
                await engine.CommitAsync(new Commit().Remove(gone));
            }
        }
        return files;
    }

    private async Task<int> CountAsync(MemoryFileSystem files)
    {
        await using var engine = await JournalEngine.OpenAsync(files, Tiny, _time);
        var count = 0;
        foreach (var queue in engine.Queues())
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All))
                count++;
        return count;
    }
}
