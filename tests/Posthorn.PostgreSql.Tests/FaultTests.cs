using System.Collections.Concurrent;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Connections are cut, the server crashes, answers get lost: nothing acknowledged is lost, and nothing happens twice.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly QueueName Orders = QueueName.Parse("orders");

    private readonly string _schema = DatabaseServer.NewSchema();
    private DatabaseServer _server = null!;

    public async Task InitializeAsync() => _server = await DatabaseServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private static NewMessage Text(string text) => new() { Queue = Orders, Content = Body.Of(System.Text.Encoding.UTF8.GetBytes(text)), Attributes = new Dictionary<string, AttributeValue> { ["name"] = text } };

    private Task<PostgresEngine> OpenAsync(string? connectionString = null) => PostgresEngine.OpenAsync(
        new PostgresOptions { ConnectionString = connectionString ?? _server.ConnectionString, ListenConnectionString = _server.ConnectionString, Schema = _schema }, TimeProvider.System);

    /// <summary>Sends and acks from several hands while something is done to the server, and checks what is there in the end.</summary>
    private async Task SurvivesAsync(Func<Func<int>, Task> harmAsync)
    {
        await using var engine = await OpenAsync();
        var (sent, acked, unknown) = (new ConcurrentDictionary<string, bool>(), new ConcurrentDictionary<string, bool>(), new ConcurrentDictionary<string, bool>());
        using var done = new CancellationTokenSource();
        var hands = Enumerable.Range(0, 6).Select(hand => Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                var name = $"{hand}-{i}";
                try
                {
                    await engine.CommitAsync(new Commit().Add(Text(name)));
                    sent.TryAdd(name, true).ShouldBeTrue();
                    if (i % 3 != 0)
                        continue;
                    foreach (var lease in await engine.LeaseAsync(Orders, new LeaseRequest()))
                    {
                        name = lease.Message.Text("name")!;
                        await engine.CommitAsync(new Commit().Remove(lease));
                        acked.TryAdd(name, true).ShouldBeTrue("no message is acked twice");
                    }
                }
                catch (EngineUnavailableException)
                {
                    unknown.TryAdd(name, true);
                }
                catch (CommitConflictException e) when (e.Conflicts[0].Reason == ConflictReason.LeaseEnded)
                {
                    // A crash may end leases that were just given; the message is still there.
                }
            }
        })).ToList();
        await harmAsync(() => sent.Count + acked.Count);
        await done.CancelAsync();
        await Task.WhenAll(hands);
        var left = new List<string>();
        await foreach (var message in engine.BrowseAsync(Orders, MessageFilter.All))
            left.Add(message.Text("name")!);
        left.Count.ShouldBe(left.Distinct().Count(), "nothing is there twice");
        sent.Keys.Except(acked.Keys).Except(left).Except(unknown.Keys).ShouldBeEmpty("nothing that was acknowledged is lost");
        left.Intersect(acked.Keys).ShouldBeEmpty("nothing that was acked comes back");
        left.Except(sent.Keys).Except(unknown.Keys).ShouldBeEmpty("nothing is there that nobody sent");
        engine.Status(Orders)!.Messages.ShouldBe(left.Count);
        acked.Count.ShouldBeGreaterThan(0);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    [Fact]
    public Task Connections_that_are_cut_in_the_middle_lose_and_double_nothing() => SurvivesAsync(async progress =>
    {
        for (var kill = 0; kill < 25; kill++)
        {
            var before = progress();
            await UntilAsync(() => progress() >= before + 20);
            await _server.AskAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'posthorn' AND pid <> pg_backend_pid()");
        }
    });

    [Fact]
    public Task A_server_that_crashes_and_comes_back_has_lost_and_doubled_nothing() => SurvivesAsync(async progress =>
    {
        for (var crash = 0; crash < 3; crash++)
        {
            var before = progress();
            await UntilAsync(() => progress() >= before + 100);
            await _server.StopAsync("immediate");
            await _server.StartAgainAsync();
        }
        var after = progress();
        await UntilAsync(() => progress() >= after + 50);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_or_request_is_lost_happens_once(bool isAnswerLost)
    {
        await using var proxy = new CuttingProxy(_server.Port);
        await using var engine = await OpenAsync(_server.With(s => (s.Port, s.MaxAutoPrepare, s.SslMode) = (proxy.Port, 0, Npgsql.SslMode.Disable)));
        await engine.CommitAsync(new Commit().Add(Text("before")));
        for (var i = 0; i < 10; i++)
        {
            proxy.CutAtNextCommit(isAnswerLost ? LostPart.Answer : LostPart.Request);
            var result = await engine.CommitAsync(new Commit().Add(Text($"{i}")));
            result.Added[0].Number.ShouldBe(i + 2);
            (await engine.FindAsync(Orders, i + 2))!.Id.ShouldBe(result.Added[0].Id);
        }
        proxy.Cuts.ShouldBe(10);
        engine.Status(Orders)!.Messages.ShouldBe(11);
    }

    [Fact]
    public async Task A_commit_that_the_server_is_still_at_when_its_connection_breaks_happens_once()
    {
        await using var proxy = new CuttingProxy(_server.Port);
        await using var engine = await OpenAsync(_server.With(s => (s.Port, s.MaxAutoPrepare, s.SslMode) = (proxy.Port, 0, Npgsql.SslMode.Disable)));
        await engine.CommitAsync(new Commit().Add(Text("before")));
        // The connection is long gone when the server comes to its end, which nobody hears of.
        await _server.AskAsync($"""
            CREATE FUNCTION {_schema}.slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$;
            CREATE TRIGGER slowly BEFORE INSERT ON {_schema}.messages FOR EACH STATEMENT EXECUTE FUNCTION {_schema}.slowly();
            """);
        for (var i = 0; i < 3; i++)
        {
            proxy.CutAtNextCommit(LostPart.AllAtOnce);
            (await engine.CommitAsync(new Commit().Add(Text($"{i}")))).Added[0].Number.ShouldBe(i + 2);
        }
        proxy.Cuts.ShouldBe(3);
        engine.Status(Orders)!.Messages.ShouldBe(4);
    }

    [Fact]
    public async Task A_database_that_stays_away_is_told_as_such_and_the_engine_goes_on_when_it_is_back()
    {
        var options = new PostgresOptions { ConnectionString = _server.ConnectionString, Schema = _schema, ReconnectPatience = TimeSpan.FromMilliseconds(300) };
        await using var engine = await PostgresEngine.OpenAsync(options, TimeProvider.System);
        await engine.CommitAsync(new Commit().Add(Text("1")));
        await _server.StopAsync("immediate");
        // If it went out on a connection that was there, whether it reached the server cannot be asked. After that there is none, and nothing is sent.
        await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text("2"))));
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text("2"))))).IsOutcomeUnknown.ShouldBeFalse();
        await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.LeaseAsync(Orders, new LeaseRequest()));
        Should.Throw<EngineUnavailableException>(() => engine.Status(Orders));
        await _server.StartAgainAsync();
        await engine.CommitAsync(new Commit().Add(Text("3")));
        engine.Status(Orders)!.Messages.ShouldBe(2);
        var waiting = engine.LeaseAsync(QueueName.Parse("other"), new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await engine.CommitAsync(new Commit().Add(Text("x") with { Queue = QueueName.Parse("other") }));
        (await waiting).Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_never_sent_is_known_not_to_have_happened()
    {
        var options = new PostgresOptions { ConnectionString = _server.With(s => s.Pooling = false), Schema = _schema, ReconnectPatience = TimeSpan.FromMilliseconds(300) };
        await using var engine = await PostgresEngine.OpenAsync(options, TimeProvider.System);
        await engine.CommitAsync(new Commit().Add(Text("1"))); // so that the next one could be decided without asking
        await engine.CommitAsync(new Commit().Add(Text("2")));
        await _server.StopAsync("immediate");
        (await Should.ThrowAsync<EngineUnavailableException>(async () => await engine.CommitAsync(new Commit().Add(Text("3"))))).IsOutcomeUnknown.ShouldBeFalse();
        await _server.StartAgainAsync();
        engine.Status(Orders)!.Messages.ShouldBe(2);
    }

    [Fact]
    public async Task One_commit_that_the_database_refuses_fails_alone()
    {
        await using var engine = await OpenAsync();
        var broken = new string('x', 1_000_000); // more than an index row holds
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(async () =>
        {
            try
            {
                await engine.CommitAsync(i == 15 ? new Commit().Add(Text("bad") with { Flags = [broken] }) : new Commit().Add(Text($"{i}")));
                return true;
            }
            catch (Npgsql.PostgresException)
            {
                return false;
            }
        })));
        outcomes.Count(good => good).ShouldBe(29);
        engine.Status(Orders)!.Messages.ShouldBe(29);
    }
}
