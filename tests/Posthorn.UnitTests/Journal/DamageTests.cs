using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Journal.Recovery;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class DamageTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");
    private static readonly JournalOptions Tiny = JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0, SparesMax = 0 };

    private readonly ManualTimeProvider _time = new();

    public static TheoryData<bool, int, bool, int, bool, int> Evidence
    {
        get
        {
            var all = new TheoryData<bool, int, bool, int, bool, int>();
            foreach (var isLast in new[] { true, false })
                foreach (var header in Enum.GetValues<HeaderState>())
                    foreach (var isWhole in new[] { true, false })
                        foreach (var seal in Enum.GetValues<SealState>())
                            foreach (var isSealedBehindNext in new[] { true, false })
                                foreach (var beyond in Enum.GetValues<Beyond>())
                                    all.Add(isLast, (int)header, isWhole, (int)seal, isSealedBehindNext, (int)beyond);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Evidence))]
    public void Every_evidence_matches_exactly_one_row_and_only_an_unacknowledged_tail_is_cut(bool isLast, int header, bool isWhole, int seal, bool isSealedBehindNext, int beyond)
    {
        var evidence = new SegmentEvidence(isLast, (HeaderState)header, isWhole, (SealState)seal, isSealedBehindNext, (Beyond)beyond);
        var row = RecoveryTable.Rows.Where(row => row.Applies(evidence)).ShouldHaveSingleItem();
        if (row.Decision == RecoveryDecision.CutTail)
            evidence.ShouldSatisfyAllConditions(e => e.IsLast.ShouldBeTrue(), e => e.Header.ShouldBe(HeaderState.Right), e => e.IsWhole.ShouldBeTrue(), e => e.Beyond.ShouldNotBe(Beyond.Acknowledged));
        if (row.Decision == RecoveryDecision.Refuse)
            row.Reason.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_flipped_bit_is_refused_or_loses_nothing_and_repair_keeps_all_but_what_it_hit()
    {
        var (files, texts) = await MakeAsync(closes: true);
        var segments = files.Segments();
        segments.Count.ShouldBe(1);
        var name = $"segments/{segments[0]}";
        var length = UsedOf(files[name]);
        for (var at = 0; at < length + 100; at++)
        {
            var damaged = files.Copy();
            var bytes = (byte[])damaged[name].Clone();
            bytes[at] ^= 0x10;
            damaged[name] = bytes;
            try
            {
                (await TextsAsync(damaged)).ShouldBe(texts, $"byte {at}");
            }
            catch (JournalDamagedException e)
            {
                e.File.ShouldBe(name);
                e.Message.ShouldContain("posthorn journal repair");
                await RepairedAsync(damaged, texts, $"byte {at}");
            }
            catch (JournalVersionException)
            {
                Assert.Fail($"byte {at}: damage was taken for another version");
            }
        }
    }

    [Fact]
    public async Task A_file_cut_at_any_place_is_refused()
    {
        var (files, texts) = await MakeAsync(closes: true);
        var name = $"segments/{files.Segments()[0]}";
        var length = UsedOf(files[name]);
        for (var at = 0; at < length; at += 7)
        {
            var damaged = files.Copy();
            damaged[name] = damaged[name][..at];
            await Should.ThrowAsync<JournalDamagedException>(() => TextsAsync(damaged));
            await RepairedAsync(damaged, texts, $"cut at {at}", mayLoseAll: true);
        }
    }

    [Fact]
    public async Task A_tail_that_is_torn_at_any_place_is_cut_and_the_rest_is_there()
    {
        // Not closed: as power failed, with the last write partly on disk.
        var (files, texts) = await MakeAsync(closes: false);
        var name = $"segments/{files.Segments()[0]}";
        var length = UsedOf(files[name]);
        var counts = new HashSet<int>();
        for (var at = 1200; at < length; at += 5)
        {
            var torn = files.Copy();
            var bytes = (byte[])torn[name].Clone();
            bytes.AsSpan(at).Clear();
            torn[name] = bytes;
            var left = await TextsAsync(torn);
            texts.Take(left.Count).ShouldBe(left);
            counts.Add(left.Count);
            (await TextsAsync(torn)).ShouldBe(left);
        }
        counts.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task Damage_in_an_older_segment_without_a_hint_is_refused_and_repaired()
    {
        var (files, texts) = await MakeManyAsync();
        foreach (var segment in files.Segments())
        {
            var damaged = Damaged(files, segment);
            foreach (var hint in damaged.List("hints"))
                await damaged.DeleteAsync($"hints/{hint}");
            (await Should.ThrowAsync<JournalDamagedException>(() => TextsAsync(damaged))).File.ShouldBe($"segments/{segment}");
            var left = await RepairedAsync(damaged, texts, segment);
            left.Count.ShouldBeGreaterThanOrEqualTo(texts.Count - 2);
            damaged.List("damaged").ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Damage_behind_an_intact_hint_is_told_when_it_is_met_and_everything_else_is_there()
    {
        var (files, texts) = await MakeManyAsync();
        files.List("hints").Count.ShouldBeGreaterThan(2);
        foreach (var segment in files.List("hints"))
        {
            var damaged = Damaged(files, segment);
            await using (var engine = await JournalEngine.OpenAsync(damaged, Tiny, _time))
            {
                engine.Status(Orders)!.Messages.ShouldBe(texts.Count);
                var lost = 0;
                var read = 0;
                while ((await engine.LeaseAsync(Orders, new LeaseRequest() { MessagesMax = 100 })) is { Count: > 0 } leases)
                {
                    foreach (var lease in leases)
                    {
                        try
                        {
                            await using var stream = await engine.OpenAsync(lease.Message.Content);
                            using var reader = new StreamReader(stream);
                            texts.ShouldContain(await reader.ReadToEndAsync());
                            read++;
                        }
                        catch (BodyLostException e) when (e.IsDamaged)
                        {
                            lost++;
                        }
                    }
                }
                (read + lost + engine.Status(Orders)!.Held).ShouldBe(texts.Count);
                read.ShouldBeGreaterThanOrEqualTo(texts.Count - 2);
                (lost + (engine.Health.Reason is null ? 0 : 1)).ShouldBeGreaterThan(0);
            }
            (await JournalRepair.RunAsync(damaged)).ShouldNotBeEmpty();
            damaged.List("hints").ShouldNotContain(segment);
            (await TextsAsync(damaged)).Count.ShouldBeGreaterThanOrEqualTo(texts.Count - 2);
        }
    }

    [Fact]
    public async Task A_check_of_a_sound_journal_finds_nothing()
    {
        var (files, _) = await MakeAsync(closes: true);
        (await JournalCheck.RunAsync(files)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_file_that_changed_on_disk_is_told_by_the_check_and_never_read()
    {
        var files = new MemoryFileSystem();
        await using var engine = await JournalEngine.OpenAsync(files, JournalTestOptions.Small, _time);
        await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[200_000]) }));
        var name = $"bodies/{files.List("bodies").ShouldHaveSingleItem()}";
        var bytes = (byte[])files[name].Clone();
        bytes[150_000] = 1;
        files[name] = bytes;
        var message = (await engine.LeaseAsync(Orders, new LeaseRequest()))[0].Message;
        await using var stream = await engine.OpenAsync(message.Content);
        (await Should.ThrowAsync<BodyLostException>(async () => await stream.CopyToAsync(Stream.Null))).IsDamaged.ShouldBeTrue();
        (await JournalCheck.RunAsync(files)).ShouldContain(finding => finding.File == name);
    }

    private async Task<(MemoryFileSystem Files, List<string> Texts)> MakeManyAsync()
    {
        var files = new MemoryFileSystem();
        var texts = new List<string>();
        await using var engine = await JournalEngine.OpenAsync(files, Tiny, _time);
        for (var i = 0; i < 60; i++)
        {
            texts.Add(new string((char)('a' + (i % 26)), 1000) + i);
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(texts[i])) }));
        }
        await _time.UntilHintedAsync(files);
        return (files, texts);
    }

    private static MemoryFileSystem Damaged(MemoryFileSystem files, string segment)
    {
        var damaged = files.Copy();
        var bytes = (byte[])damaged[$"segments/{segment}"].Clone();
        for (var at = 5000; at < 5100; at++)
            bytes[at] ^= 0x55;
        damaged[$"segments/{segment}"] = bytes;
        return damaged;
    }

    private async Task<(MemoryFileSystem Files, List<string> Texts)> MakeAsync(bool closes)
    {
        var files = new MemoryFileSystem();
        var engine = await JournalEngine.OpenAsync(files, Tiny, _time);
        var texts = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            texts.Add($"message {i}");
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(texts[i])) }));
        }
        var left = files;
        if (!closes)
            left = files.Copy();
        await engine.DisposeAsync();
        return (left, texts);
    }

    private async Task<List<string>> TextsAsync(MemoryFileSystem files)
    {
        var texts = new List<string>();
        await using var engine = await JournalEngine.OpenAsync(files, Tiny, _time);
        // A repair may have lost a queue's name: then its messages are in a queue that says so.
        var queue = engine.Queues().SingleOrDefault()?.Name ?? Orders;
        await foreach (var message in engine.BrowseAsync(queue, MessageFilter.All))
        {
            await using var stream = await engine.OpenAsync(message.Content);
            using var reader = new StreamReader(stream);
            texts.Add(await reader.ReadToEndAsync());
        }
        return texts;
    }

    private async Task<List<string>> RepairedAsync(MemoryFileSystem files, List<string> texts, string what, bool mayLoseAll = false)
    {
        (await JournalCheck.RunAsync(files)).ShouldNotBeEmpty(what);
        (await JournalRepair.RunAsync(files)).ShouldNotBeEmpty(what);
        var left = await TextsAsync(files);
        left.ShouldBe(texts.Where(left.Contains), what);
        if (!mayLoseAll)
            left.Count.ShouldBeGreaterThanOrEqualTo(texts.Count - 1, what);
        (await JournalCheck.RunAsync(files)).ShouldBeEmpty(what);
        return left;
    }

    private static int UsedOf(byte[] bytes) => bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
}
