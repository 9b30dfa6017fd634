using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Clustering;

public sealed class OwnedGroupsTests : IAsyncLifetime
{
    private static readonly QueueName s_queue = QueueName.Parse("q");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly TestCluster _cluster = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ReferenceEngine _engine;
    private readonly OwnedGroups _groups;
    private readonly IAsyncEnumerator<string> _reader;

    public OwnedGroupsTests()
    {
        _engine = new ReferenceEngine(_time);
        _groups = new OwnedGroups(_engine, _cluster, s_queue, _time);
        _reader = _groups.ReadAllAsync(_end.Token).GetAsyncEnumerator();
    }

    public async Task InitializeAsync() => await AddAsync("a");

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        await _reader.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task What_was_passed_over_is_told_again_when_the_cluster_changes()
    {
        (await NextAsync()).ShouldBe("a");
        _groups.PassOver();
        var next = NextAsync();
        next.IsCompleted.ShouldBeFalse();
        _cluster.See(NodeState.Live, ("two", NodeState.Dead));
        (await next).ShouldBe("a");
    }

    [Fact]
    public async Task What_was_passed_over_is_looked_at_again_each_minute()
    {
        (await NextAsync()).ShouldBe("a");
        _groups.PassOver();
        var next = NextAsync();
        await _time.UntilAsync(() => next.IsCompleted, TimeSpan.FromSeconds(10), s_patience);
        (await next).ShouldBe("a");
    }

    [Fact]
    public async Task While_nothing_was_passed_over_only_what_is_new_is_told()
    {
        (await NextAsync()).ShouldBe("a");
        var next = NextAsync();
        for (var i = 0; i < 20; i++)
            _time.Advance(TimeSpan.FromSeconds(10));
        next.IsCompleted.ShouldBeFalse();
        await AddAsync("b");
        (await next).ShouldBe("b");
    }

    [Fact]
    public async Task A_closed_engine_ends_it()
    {
        (await NextAsync()).ShouldBe("a");
        var more = _reader.MoveNextAsync().AsTask();
        await _engine.DisposeAsync();
        (await more.WaitAsync(s_patience)).ShouldBeFalse();
    }

    private async Task AddAsync(string group) => await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = s_queue, Group = group, Content = Body.Of(new byte[1]) }));

    private async Task<string> NextAsync()
    {
        (await _reader.MoveNextAsync().AsTask().WaitAsync(s_patience)).ShouldBeTrue();
        return _reader.Current;
    }
}
