using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>The bytes of docs/formats/journal.md.</summary>
public sealed class HintTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    [Theory]
    [InlineData(nameof(HintRow.Id), 0)]
    [InlineData(nameof(HintRow.Number), 8)]
    [InlineData(nameof(HintRow.Body), 16)]
    [InlineData(nameof(HintRow.AcceptedAt), 24)]
    [InlineData(nameof(HintRow.RecordAt), 28)]
    [InlineData(nameof(HintRow.DueAt), 32)]
    [InlineData(nameof(HintRow.EnqueuedAt), 40)]
    [InlineData(nameof(HintRow.ContentLength), 46)]
    [InlineData(nameof(HintRow.Lane), 52)]
    [InlineData(nameof(HintRow.BodyAt), 56)]
    [InlineData(nameof(HintRow.ReceiveCount), 60)]
    [InlineData(nameof(HintRow.Priority), 62)]
    [InlineData(nameof(HintRow.Flags), 63)]
    [InlineData(nameof(HintRow.ModSeq), 64)]
    [InlineData(nameof(HintRow.FlagSet), 70)]
    public void A_row_has_its_fields_where_the_format_says(string field, int at)
    {
        Marshal.SizeOf<HintRow>().ShouldBe(HintRow.Length);
        ((int)Marshal.OffsetOf<HintRow>(field)).ShouldBe(at);
    }

    [Fact]
    public async Task A_hint_has_a_row_for_what_stays_an_id_for_what_ends_and_nothing_for_what_passes_through()
    {
        var files = new MemoryFileSystem();
        var added = new List<MessageId>();
        await using (var engine = await JournalEngine.OpenAsync(files, JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0 }, new ManualTimeProvider()))
        {
            for (var i = 0; i < 40; i++)
                added.Add((await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[500]), Group = i % 2 == 0 ? null : "g", Flags = i == 1 ? ["x"] : [] }))).Added[0].Id);
            await engine.CommitAsync(new Commit().Remove(added[0]));
            await engine.CommitAsync(new Commit().Remove(added[^1]));
            for (var i = 0; i < 30; i++)
                await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[500]) }));
        }
        // The next start writes what hints were not written yet.
        await using (await JournalEngine.OpenAsync(files, JournalTestOptions.Small, new ManualTimeProvider()))
        {
        }
        var ends = new List<ulong>();
        var rows = new List<HintRow>();
        var flagSets = new List<byte[]>();
        foreach (var name in files.List("hints"))
        {
            var bytes = files[$"hints/{name}"];
            Encoding.ASCII.GetString(bytes, 0, 8).ShouldBe("PSTHORNH");
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)).ShouldBe(2);
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)).ShouldBe(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture));
            var parts = Enumerable.Range(0, 11).Select(part => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(64 + (4 * part)))).ToArray();
            (HintHeader.Length + parts.Sum()).ShouldBe(bytes.Length);
            var removedAt = HintHeader.Length + parts[..(int)HintPart.Removed].Sum();
            ends.AddRange(MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(removedAt, parts[(int)HintPart.Removed])).ToArray());
            var rowsAt = HintHeader.Length + parts[..(int)HintPart.Rows].Sum();
            var flagsAt = HintHeader.Length + parts[..(int)HintPart.FlagSets].Sum();
            flagSets.Add(bytes[flagsAt..(flagsAt + parts[(int)HintPart.FlagSets])]);
            rows.AddRange(MemoryMarshal.Cast<byte, HintRow>(bytes.AsSpan(rowsAt, parts[(int)HintPart.Rows])).ToArray());
        }
        ends.ShouldContain(added[0].Value);
        rows.ShouldContain(row => row.Id == added[0].Value); // in the older segment, where it was added
        var passed = added[^1].Value;
        rows.ShouldNotContain(row => row.Id == passed);
        rows.ShouldAllBe(row => row.ContentLength == 500 && row.BodyAt > row.RecordAt);
        flagSets[0].ShouldBe([3, 0, 0, 0, 1, 2, (byte)'x']);
        rows.Where(row => row.FlagSet != 0).ShouldHaveSingleItem().Id.ShouldBe(added[1].Value);
        rows.Select(row => (long)row.ModSeq).Distinct().Count().ShouldBe(rows.Count); // each was added by a commit of its own
        rows.Select(row => row.Id).Distinct().Count().ShouldBe(rows.Count);
    }

    [Fact]
    public async Task A_hint_of_an_earlier_version_is_made_anew()
    {
        var (files, options) = (new MemoryFileSystem(), JournalTestOptions.Small with { SegmentBytes = 16 << 10, ReserveBytes = 0 });
        await using (var engine = await JournalEngine.OpenAsync(files, options, new ManualTimeProvider()))
        {
            for (var i = 0; i < 40; i++)
                await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[500]), Flags = ["x"] }));
        }
        // The next start writes what hints were not written yet.
        await using (await JournalEngine.OpenAsync(files, options, new ManualTimeProvider()))
        {
        }
        var name = $"hints/{files.List("hints")[0]}";
        var bytes = files[name].ToArray();
        var hint = bytes.ToArray();
        hint[8] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(hint.AsSpan(12), Checksum.Of(1UL, hint.AsSpan(16, HintHeader.Length - 16)));
        files[name] = hint;
        await using (var engine = await JournalEngine.OpenAsync(files, options, new ManualTimeProvider()))
        {
            engine.FlagCounts(Orders)["x"].ShouldBe(40);
            engine.Health.Reason.ShouldBeNull();
        }
        files[name].ShouldBe(bytes);
    }
}
