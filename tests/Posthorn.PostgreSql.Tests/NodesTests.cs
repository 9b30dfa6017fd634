using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Several nodes on one database: what one does the others see, and hear of at once.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new();
    private readonly string _schema = DatabaseServer.NewSchema();
    private PostgresEngine _one = null!;
    private PostgresEngine _other = null!;

    public async Task InitializeAsync()
    {
        _one = await TestEngine.OpenAsync(_schema, _time);
        _other = await TestEngine.OpenAsync(_schema, _time);
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    private static NewMessage Text(string text) => new() { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) };

    private static async Task<MessageId> AddAsync(PostgresEngine engine, string text) => (await engine.CommitAsync(new Commit().Add(Text(text)))).Added[0].Id;

    [Fact]
    public async Task Whoever_waits_on_one_node_gets_what_comes_in_on_another()
    {
        for (var i = 0; i < 20; i++)
        {
            var waiting = _other.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
            var id = await AddAsync(_one, $"{i}");
            var lease = (await waiting.WaitAsync(Patience)).ShouldHaveSingleItem();
            lease.Message.Id.ShouldBe(id);
            await _one.CommitAsync(new Commit().Remove(lease)); // the lease proves itself on any node
        }
    }

    [Fact]
    public async Task A_node_that_comes_makes_no_other_read_everything_again()
    {
        var told = 0;
        _one.Cluster.DocumentsChanged += () => Interlocked.Increment(ref told);
        for (var i = 0; i < 10; i++)
            await (await TestEngine.OpenAsync(_schema, _time)).DisposeAsync();
        // What the other one has answered them comes before this.
        await _other.CommitAsync(new Commit().SetDocument("last", new byte[] { 1 }));
        await _time.UntilAsync(() => _one.Document("last") is not null && told > 0, TimeSpan.FromMilliseconds(1), Patience);
        told.ShouldBe(1);
    }

    [Fact]
    public async Task A_document_that_two_nodes_make_at_once_is_made_once()
    {
        for (var i = 0; i < 20; i++)
        {
            var (key, number) = ($"secret/{i}", (byte)i);
            var made = Task.WhenAll(
                _one.DocumentAsync(key, () => [1, number], _time).AsTask(),
                _other.DocumentAsync(key, () => [2, number], _time).AsTask());
            // The clock goes on only when both have heard of it: what is between nodes takes real time.
            await _time.UntilAsync(() => _one.Document(key) is not null && _other.Document(key) is not null, TimeSpan.Zero, Patience);
            await _time.UntilAsync(() => made.IsCompleted, TimeSpan.FromMilliseconds(50), Patience);
            var (one, other) = ((await made)[0].ToArray(), (await made)[1].ToArray());
            one.ShouldBe(other);
            one[1].ShouldBe(number);
            (await _other.DocumentAsync(key, () => throw new InvalidOperationException("There is one."), _time)).ToArray().ShouldBe(one);
        }
    }

    [Fact]
    public async Task A_lease_that_ends_on_one_node_wakes_those_who_wait_on_another()
    {
        await AddAsync(_one, "x");
        (await _one.LeaseAsync(Orders, new LeaseRequest())).Count.ShouldBe(1);
        var waiting = _other.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await _time.UntilAsync(() => waiting.IsCompleted, TimeSpan.FromMilliseconds(200), Patience);
        (await waiting).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task Both_take_and_each_message_goes_to_one()
    {
        await _one.CommitAsync(Enumerable.Range(0, 500).Aggregate(new Commit(), (commit, i) => commit.Add(Text($"{i}"))));
        var taken = await Task.WhenAll(new[] { _one, _other, _one, _other }.Select(engine => Task.Run(async () =>
        {
            var ids = new List<MessageId>();
            while (await engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 7 }) is { Count: > 0 } leases)
                ids.AddRange(leases.Select(l => l.Message.Id));
            return ids;
        })));
        taken.SelectMany(ids => ids).Distinct().Count().ShouldBe(taken.Sum(ids => ids.Count));
        _one.Status(Orders)!.Leased.ShouldBe(500);
    }

    [Fact]
    public async Task Numbers_have_no_gap_and_mod_seqs_grow_however_many_nodes_commit()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () => (await (i % 2 == 0 ? _one : _other).CommitAsync(new Commit().Add(Text($"{i}")))).Added[0])));
        added.Select(a => a.Number).Order().ShouldBe(Enumerable.Range(1, 60).Select(i => (long)i));
        var listed = await _one.ListAsync(Orders, 0, 100);
        listed.Select(m => m.ModSeq).ShouldBeInOrder(SortDirection.Ascending);
        listed.Select(m => m.ModSeq).Distinct().Count().ShouldBe(60);
    }

    [Fact]
    public async Task A_watch_hears_of_the_other_nodes_commits_in_their_order_or_is_told_to_list_anew()
    {
        using var watch = _other.Watch(Orders, 10_000);
        await _other.CommitAsync(new Commit().SetQueue(Orders, QueuePolicy.Default));
        var known = new HashSet<long>();
        await Task.WhenAll(new[] { _one, _other }.Select(engine => Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                var id = await AddAsync(engine, $"{i}");
                if (i % 3 == 0)
                    await engine.CommitAsync(new Commit().Remove(id));
            }
        })));
        var last = _one.Status(Orders)!.HighestModSeq;
        for (var told = 0L; told < last;)
        {
            (await watch.WaitAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
            while (watch.TryRead(out var change))
            {
                told = Math.Max(told, change.ModSeq);
                if (change.Kind == QueueChangeKind.Added)
                    known.Add(change.Number);
                else if (change.Kind == QueueChangeKind.Removed)
                    known.Remove(change.Number);
                else if (change.Kind == QueueChangeKind.Lost)
                {
                    var listed = await _other.ListAsync(Orders, 0, 1000);
                    known = [.. listed.Select(m => m.Number)];
                    told = Math.Max(told, _other.Status(Orders)!.HighestModSeq == last && listed.Count == _other.Status(Orders)!.Messages ? last : told);
                }
            }
        }
        known.Order().ShouldBe((await _one.ListAsync(Orders, 0, 1000)).Select(m => m.Number));
    }

    [Fact]
    public async Task Policies_and_documents_set_on_one_node_hold_on_the_other()
    {
        await AddAsync(_one, "x");
        (await _other.LeaseAsync(Orders, new LeaseRequest { VisibilityTimeout = TimeSpan.Zero })).Count.ShouldBe(1);
        await _one.CommitAsync(new Commit().SetQueue(Orders, new QueuePolicy { IsPaused = true }).SetDocument("k", new byte[] { 7 }));
        (await _other.LeaseAsync(Orders, new LeaseRequest())).ShouldBeEmpty();
        await _time.UntilAsync(() => _other.Document("k") is not null, TimeSpan.FromTicks(1), Patience);
    }

    [Fact]
    public async Task The_same_key_on_two_nodes_at_once_is_committed_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? _one : _other).CommitAsync(new Commit { IdempotencyKey = "k" }.Add(Text("x"))))));
        results.Count(r => !r.IsRepeat).ShouldBe(1);
        _one.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Two_nodes_that_move_messages_to_and_fro_neither_lose_nor_deadlock()
    {
        var there = QueueName.Parse("there");
        var ids = (await _one.CommitAsync(Enumerable.Range(0, 20).Aggregate(new Commit(), (commit, i) => commit.Add(Text($"{i}"))))).Added.Select(a => a.Id).ToList();
        await Task.WhenAll(new[] { (_one, Orders, there), (_other, there, Orders) }.Select(way => Task.Run(async () =>
        {
            var random = new Random(way.Item2.Value.Length);
            for (var i = 0; i < 30; i++)
            {
                var some = ids.OrderBy(_ => random.Next()).Take(5);
                await way.Item1.CommitAsync(some.Aggregate(new Commit(), (commit, id) => commit.Move(id, i % 2 == 0 ? way.Item2 : way.Item3)));
            }
        }))).WaitAsync(Patience);
        (_one.Status(Orders)!.Messages + _one.Status(there)!.Messages).ShouldBe(20);
    }
}
