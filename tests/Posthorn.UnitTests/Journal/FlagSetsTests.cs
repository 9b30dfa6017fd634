using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>Sets of flags: one for whatever is the same, given up when nobody has it, and right beyond what an entry can name.</summary>
public sealed class FlagSetsTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private static byte[] List(params string[] flags)
    {
        using var writer = new ByteWriter();
        writer.Count(flags.Length);
        foreach (var flag in flags)
            writer.Text(flag);
        return writer.Written.ToArray();
    }

    [Fact]
    public void Sets_are_the_same_whatever_order_and_case_they_are_written_in()
    {
        var sets = new FlagSets();
        var set = sets.Find(List("\\Seen", "later"));
        sets.Find(List("LATER", "\\seen")).ShouldBe(set);
        sets.Find(List("later", "\\Seen", "\\SEEN")).ShouldBe(set);
        sets.Find(List("later")).ShouldNotBe(set);
        sets[set].ShouldBe(["\\Seen", "later"]);
        sets.Find([]).ShouldBe(0);
        sets[0].ShouldBeEmpty();
    }

    [Fact]
    public void A_set_that_no_queue_has_any_more_is_given_up_and_its_number_used_again()
    {
        var sets = new FlagSets();
        for (var i = 0; i < 1000; i++)
        {
            var set = sets.Find(List($"k{i}", "x"));
            set.ShouldBe(1);
            sets.Find(List("x", $"k{i}")).ShouldBe(1);
            sets.Keep(set);
            sets.Keep(set);
            sets.Give(set);
            sets[set].ShouldBe([$"k{i}", "x"]);
            sets.Give(set);
            sets.Count.ShouldBe(0);
        }
    }

    [Fact]
    public void A_set_written_in_more_ways_than_are_remembered_is_found_all_the_same()
    {
        var sets = new FlagSets();
        var set = sets.Find(List("abcdefgh"));
        for (var i = 0; i < 256; i++)
            sets.Find(List(string.Concat("abcdefgh".Select((c, at) => (i >> at & 1) == 0 ? c : char.ToUpperInvariant(c))))).ShouldBe(set);
        sets.Count.ShouldBe(1);
    }

    // More sets than 16 bits name: in entries, in the rows of one segment, and of messages that wait on disk.
    [Theory]
    [InlineData(256 << 20)]
    [InlineData(0)]
    public async Task Messages_with_more_sets_of_flags_than_an_entry_can_name_keep_theirs(long indexBytesMax)
    {
        const int count = 66_500;
        var files = new MemoryFileSystem();
        var options = new JournalOptions { SegmentBytes = 64 << 20, ReserveBytes = 0, SparesMax = 0, IndexBytesMax = indexBytesMax };
        await using (var engine = await JournalEngine.OpenAsync(files, options, new ManualTimeProvider()))
        {
            foreach (var part in Enumerable.Range(1, count).Chunk(3_500))
                await engine.CommitAsync(part.Aggregate(new Commit(), (commit, i) => commit.Add(new NewMessage { Queue = Orders, Content = Body.Empty, Flags = [$"k{i}", "all"] })));
            await CheckAsync(engine);
            // Seals the segment, so that the next start reads its hint.
            for (var i = 0; i < 520; i++)
                await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("others"), Content = Body.Of(new byte[1 << 17]) }));
        }
        await using (var engine = await JournalEngine.OpenAsync(files, options, new ManualTimeProvider()))
        {
            engine.ColdMessages.ShouldBeInRange(indexBytesMax == 0 ? count : 0, indexBytesMax == 0 ? count + 520 : 0);
            await CheckAsync(engine);
            await engine.CommitAsync(new Commit().DeleteQueue(Orders));
            engine.FlagCounts(Orders).ShouldBeEmpty();
        }

        static async Task CheckAsync(JournalEngine engine)
        {
            engine.FlagCounts(Orders).Count.ShouldBe(count + 1);
            engine.FlagCounts(Orders)["all"].ShouldBe(count);
            foreach (var from in (long[])[1, 65_500, count - 20])
            {
                foreach (var message in await engine.ListAsync(Orders, from, 20))
                    message.Flags.ShouldBe([$"k{message.Number}", "all"], ignoreOrder: true);
            }
            (await engine.FindAsync(Orders, count)).ShouldNotBeNull().Flags.ShouldBe([$"k{count}", "all"]);
        }
    }
}
