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

/// <summary>What is leased is read from the files when it was written long ago.</summary>
public sealed class LeaseReadingTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly MemoryFileSystem _files = new();

    private Task<JournalEngine> OpenAsync() => JournalEngine.OpenAsync(_files, JournalTestOptions.Small, new ManualTimeProvider());

    private async Task FillAsync(int bodyBytes)
    {
        await using var engine = await OpenAsync();
        for (var at = 0; at < 30; at += 10)
            await engine.CommitAsync(Enumerable.Range(at, 10).Aggregate(new Commit(), (commit, i) => commit.Add(new NewMessage { Queue = Orders, Content = Body.Of(new byte[bodyBytes]), Envelope = new Envelope($"{i}@example.org", []) })));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(1000)]
    public async Task Messages_of_one_commit_come_with_one_read(int bodyBytes)
    {
        await FillAsync(bodyBytes);
        await using var engine = await OpenAsync();
        for (var at = 0; at < 30; at += 10)
        {
            var reads = _files.Reads;
            var leases = await engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 10 });
            (_files.Reads - reads).ShouldBe(1);
            leases.Select(lease => lease.Message.Envelope!.Sender).ShouldBe(Enumerable.Range(at, 10).Select(i => $"{i}@example.org"));
        }
    }

    [Fact]
    public async Task One_that_is_damaged_is_held_and_those_read_with_it_are_handed_out()
    {
        await FillAsync(20);
        await using var engine = await OpenAsync();
        var segment = _files[$"segments/{_files.Segments()[0]}"];
        segment[segment.AsSpan().IndexOf("14@example.org"u8)] ^= 1;
        var leases = await engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 30 });
        leases.Select(lease => lease.Message.Envelope!.Sender).ShouldBe(Enumerable.Range(0, 30).Where(i => i != 14).Select(i => $"{i}@example.org"));
        engine.Status(Orders)!.Held.ShouldBe(1);
        engine.Health.Reason!.ShouldContain("posthorn journal check");
    }
}
