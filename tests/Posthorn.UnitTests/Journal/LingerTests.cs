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

public sealed class LingerTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFileSystem _files = new();
    private JournalEngine _engine = null!;

    public async Task InitializeAsync() => _engine = await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, _time);

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_lingering_commit_is_made_when_its_time_is_over()
    {
        var lingering = AddAsync("1", TimeSpan.FromMilliseconds(2));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _engine.LeaseAsync(Orders, new LeaseRequest()); // something else goes on meanwhile
        lingering.IsCompleted.ShouldBeFalse();
        _engine.Status(Orders)?.Messages.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await lingering.WaitAsync(TimeSpan.FromSeconds(20));
        _engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_commit_that_does_not_linger_takes_those_along_that_do()
    {
        var lingering = AddAsync("1", TimeSpan.FromSeconds(1));
        var second = AddAsync("2", TimeSpan.FromMilliseconds(700));
        await AddAsync("3", TimeSpan.Zero).WaitAsync(TimeSpan.FromSeconds(20));
        (await lingering.WaitAsync(TimeSpan.FromSeconds(20))).Added[0].Number.ShouldBe(1);
        (await second.WaitAsync(TimeSpan.FromSeconds(20))).Added[0].Number.ShouldBe(2);
    }

    [Fact]
    public async Task The_shortest_patience_counts()
    {
        var patient = AddAsync("1", TimeSpan.FromSeconds(1));
        var hasty = AddAsync("2", TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await hasty.WaitAsync(TimeSpan.FromSeconds(20));
        await patient.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Closing_waits_for_nobody_who_lingers()
    {
        var lingering = AddAsync("1", TimeSpan.FromSeconds(1));
        await _engine.DisposeAsync();
        (await lingering.WaitAsync(TimeSpan.FromSeconds(20))).Added.ShouldHaveSingleItem();
        _engine = await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, _time);
        _engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task Nobody_lingers_longer_than_a_second(int milliseconds) =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => AddAsync("1", TimeSpan.FromMilliseconds(milliseconds)));

    private Task<CommitResult> AddAsync(string text, TimeSpan linger) =>
        _engine.CommitAsync(new Commit { Linger = linger }.Add(new NewMessage { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)) })).AsTask();
}
