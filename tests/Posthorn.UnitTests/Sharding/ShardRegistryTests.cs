using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>Which shards may be opened together: what is refused, with what to do, and what is taken over.</summary>
public sealed class ShardRegistryTests
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new();
    private readonly ReferenceStore _home = new();
    private readonly ReferenceStore _b = new();
    private readonly ReferenceStore _c = new();

    private Task<ShardedEngine> OpenAsync(params (string Name, ReferenceStore Store, string[] Queues)[] shards) =>
        ShardedEngine.OpenAsync(new ReferenceEngine(_time, _home), [.. shards.Select(s => new Shard(s.Name, new ReferenceEngine(_time, s.Store), s.Queues))], _time);

    private async Task RefusedAsync(string words, params (string Name, ReferenceStore Store, string[] Queues)[] shards) =>
        (await Should.ThrowAsync<ShardsUnusableException>(() => OpenAsync(shards))).Message.ShouldContain(words);

    private static NewMessage Text(QueueName queue) => new() { Queue = queue, Content = Body.Of("x"u8.ToArray()) };

    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "orders2", false)]
    [InlineData("mail-*", "mail-", true)]
    [InlineData("mail-*", "mail/x", false)]
    [InlineData("*-dead", "a-dead-dead", true)]
    [InlineData("a*b*c", "a1b2b3c", true)]
    [InlineData("a*b*c", "a1c", false)]
    [InlineData("*", "spool/outgoing", true)]
    public void A_pattern_matches_whole_names(string pattern, string name, bool matches) => QueuePattern.Matches(pattern, name).ShouldBe(matches);

    [Fact]
    public async Task Of_two_patterns_the_first_that_matches_has_the_queue()
    {
        await using var engine = await OpenAsync(("b", _b, ["mail-a"]), ("c", _c, ["mail-*"]));
        await engine.CommitAsync(new Commit().Add(Text(QueueName.Parse("mail-a"))).Add(Text(QueueName.Parse("mail-b"))).Add(Text(Orders)));
        (_home.Count(Orders), _b.Count(QueueName.Parse("mail-a")), _c.Count(QueueName.Parse("mail-b"))).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Bad_sets_of_shards_are_refused()
    {
        await RefusedAsync("'x' is there twice", ("b", _b, ["x"]), ("c", _c, ["y", "x"]));
        await RefusedAsync("are the same database", ("b", _b, ["x"]), ("c", _b, ["y"]));
        await RefusedAsync("'home', 'b' are the same database", ("b", _home, ["x"]));
        await RefusedAsync("Two shards are called 'b'", ("b", _b, ["x"]), ("b", _c, ["y"]));
    }

    [Fact]
    public async Task A_shard_with_queues_cannot_be_left_out_nor_opened_by_itself()
    {
        await (await OpenAsync(("b", _b, ["x"]), ("c", _c, ["y"]))).DisposeAsync();
        await RefusedAsync("'c' are missing, and have queues ('y')", ("b", _b, ["x"]));
        Should.Throw<ShardsUnusableException>(() => ShardedEngine.ThrowIfSharded(new ReferenceEngine(_time, _home))).Message.ShouldContain("'b', 'c'");
        Should.Throw<ShardsUnusableException>(() => ShardedEngine.ThrowIfSharded(new ReferenceEngine(_time, _b))).Message.ShouldContain("shard of another");
        await Should.ThrowAsync<ShardsUnusableException>(() => ShardedEngine.OpenAsync(new ReferenceEngine(_time, _c), [new Shard("b", new ReferenceEngine(_time, _b), ["x"])], _time));

        await (await OpenAsync(("b", _b, ["x"]), ("c", _c, []))).DisposeAsync();
        await (await OpenAsync(("b", _b, ["x"]))).DisposeAsync();
    }

    [Fact]
    public async Task A_queue_that_would_be_elsewhere_by_its_name_is_told_and_an_empty_one_moves()
    {
        var empty = QueueName.Parse("orders-empty");
        await using (var engine = await OpenAsync(("b", _b, ["x"])))
            await engine.CommitAsync(new Commit().Add(Text(Orders)).SetQueue(empty, new QueuePolicy { MessagesMax = 3, ReceivesMax = 2, DeadLetterQueue = Orders }));
        await RefusedAsync("'orders' is in 'home' and would be in 'b'", ("b", _b, ["orders*"]));
        await using (var engine = await OpenAsync(("b", _b, ["x"])))
            await engine.CommitAsync(new Commit().Move((await engine.FindAsync(Orders, 1))!.Id, QueueName.Parse("x")));

        await using var moved = await OpenAsync(("b", _b, ["x", "orders*"]));
        moved.Status(empty)!.Policy.ShouldBe(new QueuePolicy { MessagesMax = 3, ReceivesMax = 2, DeadLetterQueue = Orders });
        moved.Queues().Select(q => q.Name.Value).ShouldBe(["orders", "orders-empty", "x"]);
        _home.Count(Orders).ShouldBe(0);
    }

    [Fact]
    public async Task Ids_of_shards_are_different_and_a_store_that_has_given_others_is_refused()
    {
        await using (var alone = new ReferenceEngine(_time, _c))
            await alone.CommitAsync(new Commit().Add(Text(QueueName.Parse("x"))));
        await RefusedAsync("ids another shard may give too", ("c", _c, ["x"]));
        await using var engine = await OpenAsync(("b", _b, ["x"]));
        var added = (await engine.CommitAsync(new Commit().Add(Text(Orders)).Add(Text(QueueName.Parse("x"))))).Added;
        added.Select(a => IdRanges.Of(a.Id)).ShouldBe([0, 1]);
    }
}
