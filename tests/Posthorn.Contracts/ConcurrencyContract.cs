using System.Collections.Concurrent;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Many do many things at once, and nobody notices.</summary>
public abstract class ConcurrencyContract : EngineContract
{
    private const int Many = 200;
    private const int Hands = 10;

    [Fact]
    public async Task Many_hands_that_send_and_receive_at_once_get_each_message_once()
    {
        var received = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, Hands).Select(hand => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                if (i % 2 == 0)
                {
                    await AddAsync(Orders, $"{hand}-{i}");
                    continue;
                }
                // There are never more receives than sends: whoever waits gets one.
                var lease = (await Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan })).ShouldHaveSingleItem();
                received.Enqueue(await TextOfAsync(lease.Message));
                await RemoveAsync(lease);
            }
        }))).WaitAsync(Patience);
        received.Distinct().Count().ShouldBe(Hands * 5);
        received.Count.ShouldBe(Hands * 5);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_thousand_in_many_hands_at_once_are_each_in_one()
    {
        await Engine.CommitAsync(Enumerable.Range(0, 1000).Aggregate(new Commit(), (commit, i) => commit.Add(Text(Orders, $"{i}"))));
        var leases = new ConcurrentQueue<LeasedMessage>();
        await Task.WhenAll(Enumerable.Range(0, Hands).Select(_ => Task.Run(async () =>
        {
            while (await LeaseAsync(Orders) is [var lease])
                leases.Enqueue(lease);
        }))).WaitAsync(Patience);
        leases.Select(lease => lease.Message.Id).Distinct().Count().ShouldBe(1000);
        Engine.Status(Orders)!.Leased.ShouldBe(1000);
        await Task.WhenAll(leases.Chunk(100).Select(chunk => Task.Run(async () =>
        {
            foreach (var lease in chunk)
                await RemoveAsync(lease);
        }))).WaitAsync(Patience);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    public static TheoryData<string> Others => ["dequeue", "enqueue", "clear", "flush", "remove"];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Browsing_beside_others_neither_fails_nor_disturbs_them(string what)
    {
        var start = Time.GetUtcNow();
        var ids = (await Engine.CommitAsync(Enumerable.Range(0, Many).Aggregate(new Commit(), (commit, i) => commit.Add(
            Text(Orders, $"{i}") with { DueAt = what == "flush" ? start + TimeSpan.FromHours(1 + i) : null, Envelope = new Envelope($"{i % 2}@x.test", []) })))).Added.Select(a => a.Id).ToList();
        using var done = new CancellationTokenSource();
        var browsers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var rounds = 0;
            do
            {
                var seen = await BrowseAsync(Orders);
                seen.Select(message => message.Id).Distinct().Count().ShouldBe(seen.Count);
                rounds++;
            }
            while (!done.IsCancellationRequested);
            return rounds;
        })).ToList();
        await Task.Run(() => DoOtherAsync(what)).WaitAsync(Patience);
        await done.CancelAsync();
        (await Task.WhenAll(browsers).WaitAsync(Patience)).ShouldAllBe(rounds => rounds > 0);

        // What the others did is whole, and the next who looks sees it.
        var left = (await BrowseAsync(Orders)).Select(message => message.Id).ToList();
        switch (what)
        {
            case "enqueue":
                left.Take(Many).ShouldBe(ids);
                left.Count.ShouldBe(2 * Many);
                break;
            case "remove":
                left.ShouldBe(ids.Where((_, i) => i % 2 == 0));
                break;
            case "flush":
                left.ShouldBe(ids);
                Engine.Status(Orders)!.Ready.ShouldBe(Many);
                break;
            default:
                left.ShouldBeEmpty();
                break;
        }
    }

    private async Task DoOtherAsync(string what)
    {
        switch (what)
        {
            case "dequeue":
                while (await LeaseAsync(Orders, 7) is { Count: > 0 } leases)
                    await Engine.CommitAsync(leases.Aggregate(new Commit(), (commit, lease) => commit.Remove(lease)));
                break;
            case "enqueue":
                for (var i = 0; i < Many; i++)
                    await AddAsync(Orders, $"new {i}");
                break;
            case "clear":
                await (await QueueAsync(Orders)).PurgeAsync();
                break;
            case "flush":
                await DoAsync(Orders, BulkAction.Flush);
                break;
            case "remove":
                await DoAsync(Orders, BulkAction.Remove, new MessageFilter { Sender = "1@x.test" });
                break;
        }
    }
}
