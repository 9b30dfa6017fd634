using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>A file that is missing whole is told before the engine starts, found by the check, and handled by the repair.</summary>
public sealed class MissingFilesTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly JournalOptions Tiny = JournalTestOptions.Small with { SegmentBytes = 16 << 10, InlineBodyBytesMax = 2000, ReserveBytes = 0, SparesMax = 0 };

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();

    private Task<JournalEngine> OpenAsync(MemoryFileSystem files) => JournalEngine.OpenAsync(files, Tiny, _time);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_segment_that_is_missing_is_told_and_after_a_repair_only_what_was_in_it_is_lost(bool hasHints)
    {
        var texts = await FillAsync(60);
        var segments = _files.Segments();
        segments.Count.ShouldBeGreaterThan(4);
        foreach (var segment in segments)
        {
            var files = _files.Copy();
            await files.DeleteAsync($"segments/{segment}");
            foreach (var hint in hasHints ? [] : files.List("hints"))
                await files.DeleteAsync($"hints/{hint}");

            var refused = await Should.ThrowAsync<JournalDamagedException>(() => OpenAsync(files));
            refused.File.ShouldBe($"segments/{segment}");
            refused.Message.ShouldContain("missing");
            refused.Message.ShouldContain("posthorn journal repair");
            (await JournalCheck.RunAsync(files)).ShouldHaveSingleItem().File.ShouldBe(refused.File);
            var told = await JournalRepair.RunAsync(files, isDryRun: true);
            files.Segments().ShouldNotContain(segment);

            (await JournalRepair.RunAsync(files)).ShouldBe(told);
            told.ShouldHaveSingleItem().File.ShouldBe(refused.File);
            (await JournalRepair.RunAsync(files)).ShouldBeEmpty();
            (await JournalCheck.RunAsync(files)).ShouldBeEmpty();
            var left = await TextsAsync(files);
            left.ShouldBe(texts.Where(left.Contains));
            left.Count.ShouldBeInRange(texts.Count - 16, texts.Count - 1);
            await SendAsync(files, "after the repair");
            (await TextsAsync(files)).ShouldBe([.. left, "after the repair"]);
        }
    }

    [Fact]
    public async Task Several_missing_segments_are_all_named_and_repaired_at_once()
    {
        await FillAsync(60);
        var segments = _files.Segments();
        foreach (var segment in (string[])[segments[1], segments[2], segments[^1]])
            await _files.DeleteAsync($"segments/{segment}");

        var refused = await Should.ThrowAsync<JournalDamagedException>(() => OpenAsync(_files));
        refused.Message.ShouldContain(segments[1]);
        refused.Message.ShouldContain("Missing too: 3");
        (await JournalRepair.RunAsync(_files)).Select(finding => finding.File).ShouldBe([$"segments/{segments[1]}", $"segments/{segments[2]}", $"segments/{segments[^1]}"]);
        (await JournalCheck.RunAsync(_files)).ShouldBeEmpty();
        (await TextsAsync(_files)).Count.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task A_repair_says_how_many_messages_a_missing_segments_hint_lists_and_keeps_the_hint()
    {
        await FillAsync(60);
        var segment = _files.List("hints")[0];
        await _files.DeleteAsync($"segments/{segment}");
        var finding = (await JournalRepair.RunAsync(_files)).ShouldHaveSingleItem();
        finding.Description.ShouldContain("Its hint lists ");
        _files.List("damaged").ShouldBe([$"{segment}-hint"]);
    }

    [Fact]
    public async Task A_journal_of_which_no_segment_is_left_is_not_taken_for_a_new_one()
    {
        await FillAsync(20);
        await SendAsync(_files, new string('l', 3000));
        foreach (var segment in _files.Segments())
            await _files.DeleteAsync($"segments/{segment}");

        (await Should.ThrowAsync<JournalDamagedException>(() => OpenAsync(_files))).File.ShouldBe("segments");
        (await JournalCheck.RunAsync(_files)).ShouldHaveSingleItem();
        (await JournalRepair.RunAsync(_files)).Count.ShouldBeGreaterThan(1);
        _files.List("damaged").ShouldContain(name => name.StartsWith("body-"));
        (await JournalCheck.RunAsync(_files)).ShouldBeEmpty();
        await SendAsync(_files, "anew");
        (await TextsAsync(_files)).ShouldBe(["anew"]);
    }

    [Fact]
    public async Task Segments_that_were_given_back_are_not_missing_whatever_came_of_their_files()
    {
        for (var round = 0; round < 4; round++)
        {
            await using var engine = await JournalEngine.OpenAsync(_files, Tiny with { SparesMax = round % 2 }, _time);
            for (var i = 0; i < 60; i++)
            {
                var id = (await engine.CommitAsync(new Commit().Add(Message(new string('x', 1000))))).Added[0].Id;
                await engine.CommitAsync(new Commit().Remove(id));
            }
            await UntilAsync(() => _files.Segments().Count <= 3);
        }
        _files.Segments().ShouldNotContain("0000000001");
        (await JournalCheck.RunAsync(_files)).ShouldBeEmpty();
        (await TextsAsync(_files)).ShouldBeEmpty();
        // Those that nothing lists any more are gone.
        _files.List("segments").Count.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task A_crash_between_a_new_segment_and_the_seal_of_the_one_before_is_no_damage()
    {
        var texts = new List<string>();
        var engine = await OpenAsync(_files);
        while (_files.Segments().Count < 3)
        {
            texts.Add($"{texts.Count}" + new string('x', 1500));
            await engine.CommitAsync(new Commit().Add(Message(texts[^1])));
        }
        // The commit that asked for the new segment is cut off it, as if it had not been written yet, and so is the seal.
        var crashed = _files.Copy();
        await engine.DisposeAsync();
        texts.RemoveAt(texts.Count - 1);
        var (first, last) = ($"segments/{crashed.Segments()[^2]}", $"segments/{crashed.Segments()[^1]}");
        crashed[last] = Cleared(crashed[last], await RecordsAsync(crashed, last), 1);
        var records = await RecordsAsync(crashed, first);
        var torn = (byte[])crashed[first].Clone();
        torn.AsSpan((int)records[^1] + 20, RecordHeader.Length - 20).Clear();
        foreach (var without in (byte[][])[torn, Cleared(crashed[first], records, records.Count - 1)])
        {
            var files = crashed.Copy();
            files[first] = (byte[])without.Clone();
            foreach (var hint in files.List("hints"))
                await files.DeleteAsync($"hints/{hint}");
            (await JournalCheck.RunAsync(files)).ShouldBeEmpty();
            (await JournalRepair.RunAsync(files)).ShouldBeEmpty();
            (await TextsAsync(files)).ShouldBe(texts);
            files[first].ShouldBe(crashed[first]);
        }
        // With the new segment gone too nothing has been: no power loss can tell.
        var earlier = crashed.Copy();
        earlier[first] = (byte[])torn.Clone();
        await earlier.DeleteAsync(last);
        await earlier.DeleteAsync($"hints/{Path.GetFileName(first)}");
        (await TextsAsync(earlier)).ShouldBe(texts);
    }

    [Fact]
    public async Task A_missing_file_of_a_body_is_told_and_after_a_repair_the_message_stays_and_says_so()
    {
        await FillAsync(3);
        await SendAsync(_files, new string('l', 3000));
        await SendAsync(_files, new string('m', 4000));
        await SendAsync(_files, new string('n', 5000), removed: true);
        var name = $"bodies/{_files.List("bodies").Single(file => _files[$"bodies/{file}"].Length is > 3000 and < 4000)}";
        await _files.DeleteAsync(name);

        var refused = await Should.ThrowAsync<JournalDamagedException>(() => OpenAsync(_files));
        refused.File.ShouldBe(name);
        (await JournalCheck.RunAsync(_files)).ShouldHaveSingleItem().File.ShouldBe(name);
        (await JournalRepair.RunAsync(_files)).ShouldHaveSingleItem().File.ShouldBe(name);
        (await JournalRepair.RunAsync(_files)).ShouldBeEmpty();
        await using var engine = await OpenAsync(_files);
        engine.Status(Orders)!.Messages.ShouldBe(5);
        var lost = 0;
        await foreach (var message in engine.BrowseAsync(Orders, MessageFilter.All))
        {
            try
            {
                await (await engine.OpenAsync(message.Content)).DisposeAsync();
            }
            catch (BodyLostException e)
            {
                e.IsDamaged.ShouldBeTrue();
                lost++;
            }
        }
        lost.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_whose_file_vanishes_while_the_engine_is_open_is_not_said_to_have_been_removed()
    {
        await using var engine = await OpenAsync(_files);
        await engine.CommitAsync(new Commit().Add(Message(new string('l', 3000))));
        await _files.DeleteAsync($"bodies/{_files.List("bodies").ShouldHaveSingleItem()}");
        var content = (await engine.LeaseAsync(Orders, new LeaseRequest()))[0].Message.Content;
        (await Should.ThrowAsync<BodyLostException>(async () => await engine.OpenAsync(content))).IsDamaged.ShouldBeTrue();
    }

    private static NewMessage Message(string text) => new() { Queue = Orders, Content = Body.Of(Encoding.UTF8.GetBytes(text)) };

    private async Task<List<string>> FillAsync(int count)
    {
        var texts = Enumerable.Range(0, count).Select(i => $"{i}" + new string('x', 1000)).ToList();
        await using var engine = await OpenAsync(_files);
        foreach (var text in texts)
            await engine.CommitAsync(new Commit().Add(Message(text)));
        await _time.UntilHintedAsync(_files);
        return texts;
    }

    private async Task SendAsync(MemoryFileSystem files, string text, bool removed = false)
    {
        await using var engine = await OpenAsync(files);
        var id = (await engine.CommitAsync(new Commit().Add(Message(text)))).Added[0].Id;
        if (removed)
            await engine.CommitAsync(new Commit().Remove(id));
    }

    private async Task<List<string>> TextsAsync(MemoryFileSystem files)
    {
        var texts = new List<string>();
        await using var engine = await OpenAsync(files);
        // A repair may have lost a queue's name: then its messages are in a queue that says so.
        foreach (var queue in engine.Queues())
        {
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All))
            {
                using var reader = new StreamReader(await engine.OpenAsync(message.Content));
                texts.Add(await reader.ReadToEndAsync());
            }
        }
        return texts;
    }

    private static byte[] Cleared(byte[] bytes, List<long> records, int from)
    {
        var cleared = (byte[])bytes.Clone();
        cleared.AsSpan((int)records[from]).Clear();
        return cleared;
    }

    private static async Task<List<long>> RecordsAsync(MemoryFileSystem files, string name)
    {
        await using var file = await files.OpenAsync(name, Posthorn.Files.OpenIntent.Read);
        var reader = new SegmentReader(file, (await SegmentReader.ReadHeaderAsync(file)).Header!.Value);
        var records = new List<long>();
        while (await reader.ReadAsync())
            records.Add(reader.RecordOffset);
        return records;
    }

    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(30));
}
