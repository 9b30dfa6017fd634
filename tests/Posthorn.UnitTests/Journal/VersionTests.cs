using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Journal;
using Posthorn.Journal.Format;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>What an earlier version wrote is read, and not written on.</summary>
public sealed class VersionTests
{
    private const string First = "segments/0000000001";
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();

    // Nothing is rewritten: what is looked at is how the old segment is left.
    private Task<JournalEngine> OpenAsync() => JournalEngine.OpenAsync(_files, JournalTestOptions.Small with { RewriteBelow = 0 }, _time);

    private SegmentHeader HeaderOf(string segment)
    {
        SegmentHeader.TryRead(_files[segment], out var header).ShouldBeTrue();
        return header;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_segment_of_an_earlier_version_is_read_and_sealed_and_the_next_is_of_this_version(int version)
    {
        await using (var engine = await OpenAsync())
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("x"u8.ToArray()) }));
        HeaderOf(First).WrittenIn.ShouldBe(SegmentHeader.Version);
        var bytes = _files[First];
        (HeaderOf(First) with { WrittenIn = version }).WriteTo(bytes);
        _files[First] = bytes;

        await using (var engine = await OpenAsync())
        {
            engine.Status(Orders)!.Messages.ShouldBe(1);
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("y"u8.ToArray()) }));
        }
        (HeaderOf(First).WrittenIn, HeaderOf("segments/0000000002").WrittenIn).ShouldBe((version, SegmentHeader.Version));
        await using (var engine = await OpenAsync())
            engine.Status(Orders)!.Messages.ShouldBe(2);
    }

    // A crash between the two steps of making a segment left it so, up to version 2.
    [Fact]
    public async Task A_last_segment_of_version_2_that_is_sealed_is_no_damage()
    {
        await using (var engine = await OpenAsync())
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Orders, Content = Body.Of("x"u8.ToArray()) }));
        var bytes = _files[First];
        (HeaderOf(First) with { WrittenIn = 2 }).WriteTo(bytes);
        _files[First] = bytes;
        await (await OpenAsync()).DisposeAsync();
        await _files.DeleteAsync("segments/0000000002");

        await using (var engine = await OpenAsync())
            engine.Status(Orders)!.Messages.ShouldBe(1);
        HeaderOf("segments/0000000002").WrittenIn.ShouldBe(SegmentHeader.Version);
    }

    [Fact]
    public void A_queue_of_version_1_has_the_defaults_of_what_it_did_not_know()
    {
        var policy = new QueuePolicy { VisibilityTimeout = TimeSpan.FromMinutes(2), MessagesMax = 7, IsPaused = true, LeasesMax = 3, DeduplicationWindow = TimeSpan.FromHours(1) };
        foreach (var name in new[] { "q", "qu", "que", "queue", "orders", "invoices", "archive/2" })
        {
            using var writer = new ByteWriter();
            QueueCodec.Write(writer, 1, QueueName.Parse(name), policy, 5);
            QueueCodec.Read(writer.Written).Policy.ShouldBe(policy);

            // Version 3 has the fairness behind everything else, when there is one.
            using var fair = new ByteWriter();
            QueueCodec.Write(fair, 1, QueueName.Parse(name), policy with { Fairness = QueueFairness.ByAttribute("account") }, 5);
            QueueCodec.Read(fair.Written).Policy.ShouldBe(policy with { Fairness = QueueFairness.ByAttribute("account") });

            // Version 1 ended behind the flags, with zeros up to a multiple of eight.
            using var end = new ByteWriter();
            end.Int64(policy.DeduplicationWindow.Ticks);
            end.Int64(3);
            end.Int64(-1);
            var old = writer.Written[..writer.Written.LastIndexOf(end.Written)].ToArray();
            Array.Resize(ref old, (old.Length + 7) / 8 * 8);
            QueueCodec.Read(old).Policy.ShouldBe(policy with { LeasesMax = null, DeduplicationWindow = TimeSpan.FromMinutes(5) });
        }
    }
}
