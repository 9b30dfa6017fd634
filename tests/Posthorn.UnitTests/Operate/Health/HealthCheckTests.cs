using System.Net;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Health;

public sealed class HealthCheckTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ReferenceEngine _engine;
    private readonly ServerState _state;
    private readonly SoleNode _cluster;
    private readonly HealthCheck _check;

    public HealthCheckTests()
    {
        _engine = new ReferenceEngine(_clock);
        _cluster = new SoleNode("one", _clock.GetUtcNow());
        _state = new ServerState(_clock.GetUtcNow()) { Phase = ServerPhase.Serving };
        _check = new HealthCheck(_engine, _cluster, _state, _clock);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public void A_server_that_serves_is_ok()
    {
        _state.Listeners = [new Listener("smtp", new IPEndPoint(IPAddress.Loopback, 25))];
        var report = _check.Report();
        (report.Status, report.Reason, report.IsServing).ShouldBe(("ok", null, true));
        report.Listeners.ShouldBe(["smtp 127.0.0.1:25"]);
        report.StartedAt.ShouldBe(_clock.GetUtcNow());
    }

    [Theory]
    [InlineData(ServerPhase.Starting, "starting")]
    [InlineData(ServerPhase.Draining, "draining")]
    public void Before_and_after_it_serves_it_should_get_no_work(ServerPhase phase, string status)
    {
        _state.Phase = phase;
        var report = _check.Report();
        (report.Status, report.IsServing).ShouldBe((status, false));
        report.Reason.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_backlog_is_the_spools_without_what_was_given_up()
    {
        await _engine.CommitAsync(new Commit()
            .Add(new NewMessage { Queue = SpoolQueues.DeadLetters, Content = Body.Empty })
            .Add(new NewMessage { Queue = QueueName.Parse("joe"), Content = Body.Empty }));
        _clock.Advance(TimeSpan.FromHours(1));
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = SpoolQueues.Root, Content = Body.Empty }));
        _clock.Advance(TimeSpan.FromSeconds(30));
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = SpoolQueues.Outgoing, Content = Body.Empty }));
        _clock.Advance(TimeSpan.FromSeconds(10));

        var report = _check.Report();
        (report.SpoolMessages, report.SpoolOldestSeconds).ShouldBe((2, 40));
    }
}
