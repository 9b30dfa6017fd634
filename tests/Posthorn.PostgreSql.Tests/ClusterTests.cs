using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Nodes see each other through the database.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly QueueName Spool = QueueName.Parse("spool/outgoing");

    private readonly ManualTimeProvider _time = new();
    private readonly string _schema = DatabaseServer.NewSchema();
    private DatabaseServer _server = null!;
    private PostgresEngine _a = null!;
    private PostgresEngine _b = null!;

    public async Task InitializeAsync()
    {
        _server = await DatabaseServer.SharedAsync();
        _a = await OpenAsync("a");
        _b = await OpenAsync("b");
    }

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private Task<PostgresEngine> OpenAsync(string name) => PostgresEngine.OpenAsync(TestEngine.Options(_schema, _server) with { NodeName = name }, _time);

    private Task UntilAsync(Func<bool> isSo) => _time.UntilAsync(isSo, Step, Patience);

    private static string Seen(PostgresEngine engine) => string.Join(' ', engine.Cluster.View.Nodes.Select(n => $"{n.Name}:{n.State}"));

    // As if its process had been killed: its beats stand still. The server's clock goes its own way, so what it says is set.
    private async Task SilenceAsync(PostgresEngine engine)
    {
        var id = engine.Cluster.View.Self.Id.ToString(CultureInfo.InvariantCulture);
        await _server.AskAsync(
            $"""
            CREATE OR REPLACE FUNCTION {_schema}.mute() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            UPDATE {_schema}.node_beats SET beat_at = beat_at - interval '1 hour' WHERE node_id = {id};
            CREATE TRIGGER mute BEFORE UPDATE ON {_schema}.node_beats FOR EACH ROW WHEN (OLD.node_id = {id}) EXECUTE FUNCTION {_schema}.mute();
            """);
    }

    private Task SpeakAsync() => _server.AskAsync($"DROP TRIGGER mute ON {_schema}.node_beats");

    [Fact]
    public async Task Nodes_see_each_other_come_and_go()
    {
        await UntilAsync(() => Seen(_a) == "a:Live b:Live" && Seen(_b) == "a:Live b:Live");
        var changes = 0;
        _a.Cluster.Changed += () => Interlocked.Increment(ref changes);
        var c = await OpenAsync("c");
        await UntilAsync(() => Seen(_a) == "a:Live b:Live c:Live");
        await c.DisposeAsync();
        await UntilAsync(() => Seen(_a) == "a:Live b:Live");
        changes.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_node_reports_the_others_read()
    {
        _a.Cluster.Report(new NodeReport("1.2.3", ["http 127.0.0.1:9324"], new NodeFigures { Destinations = 7, DeliveredPerMinute = 1.5 }));
        await UntilAsync(() => _b.Cluster.View.Nodes.Any(n => n.Name == "a" && n.Report.Figures.Destinations == 7));
        var report = _b.Cluster.View.Nodes.First(n => n.Name == "a").Report;
        (report.Version, report.Doors.Single(), report.Figures.DeliveredPerMinute).ShouldBe(("1.2.3", "http 127.0.0.1:9324", 1.5));
    }

    [Fact]
    public async Task A_silent_node_is_dead_to_the_others_and_alive_again_when_it_speaks()
    {
        await UntilAsync(() => Seen(_a) == "a:Live b:Live");
        await SilenceAsync(_b);
        await UntilAsync(() => Seen(_a) == "a:Live b:Dead");
        Enumerable.Range(0, 20).ShouldAllBe(i => _a.Cluster.View.IsOwn($"{i}"));
        await SpeakAsync();
        await UntilAsync(() => Seen(_a) == "a:Live b:Live");
    }

    [Fact]
    public async Task Any_node_can_let_any_drain_and_end_that()
    {
        await UntilAsync(() => Seen(_a) == "a:Live b:Live");
        (await _a.Cluster.DrainAsync(_b.Cluster.View.Self.Id, isDraining: true)).ShouldBeTrue();
        await UntilAsync(() => Seen(_a) == "a:Live b:Draining" && _b.Cluster.View.Self.State == NodeState.Draining);
        _b.Cluster.View.IsOwn("x").ShouldBeFalse();
        (await _b.Cluster.DrainAsync(_b.Cluster.View.Self.Id, isDraining: false)).ShouldBeTrue();
        await UntilAsync(() => Seen(_a) == "a:Live b:Live");
        (await _a.Cluster.DrainAsync(4_711, isDraining: true)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_dead_node_had_leased_is_given_back_and_its_late_ack_is_refused()
    {
        await _a.CommitAsync(new Commit().Add(new NewMessage { Queue = Spool, Group = "one.test", Content = Body.Of("x"u8.ToArray()) }));
        var held = (await _b.LeaseAsync(Spool, new LeaseRequest { Group = "one.test", VisibilityTimeout = TimeSpan.FromHours(12) })).ShouldHaveSingleItem();
        (await _a.Cluster.EndLeasesAsync(_b.Cluster.View.Self.Id, Spool)).ShouldBe(0); // it is alive
        await SilenceAsync(_b);

        var waiting = _a.LeaseAsync(Spool, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        (await _a.Cluster.EndLeasesAsync(_b.Cluster.View.Self.Id, Spool)).ShouldBe(1);
        var taken = (await waiting.WaitAsync(Patience)).ShouldHaveSingleItem();
        taken.Message.ReceiveCount.ShouldBe(2);
        await Should.ThrowAsync<CommitConflictException>(async () => await _b.CommitAsync(new Commit().Remove(held)));
        (await _b.ExtendAsync(held.Handle, TimeSpan.FromMinutes(1))).ShouldBeNull();
        await _a.CommitAsync(new Commit().Remove(taken));
        _a.Status(Spool)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task History_that_one_node_writes_the_other_finds_latest_first_page_by_page_and_whole_days_go()
    {
        var (here, there) = (_a.Cluster.Chronicle!, _b.Cluster.Chronicle!);
        for (var i = 0; i < 5; i++)
            await (i % 2 == 0 ? here : there).AppendAsync(new ChroniclePiece(0, [7, ulong.MaxValue - (ulong)i], new[] { (byte)i }));
        var first = await there.FindAsync(7, long.MaxValue, 3);
        first.Select(p => (int)p.Content.Span[0]).ShouldBe([4, 3, 2]);
        (await there.FindAsync(7, first[^1].Id, 3)).Select(p => (int)p.Content.Span[0]).ShouldBe([1, 0]);
        (await here.FindAsync(ulong.MaxValue - 3, long.MaxValue, 3)).Select(p => (int)p.Content.Span[0]).ShouldBe([3]);
        (await here.FindAsync(8, long.MaxValue, 3)).ShouldBeEmpty();

        await _server.AskAsync($"CREATE TABLE {_schema}.history_20200101 PARTITION OF {_schema}.history FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')");
        await _server.AskAsync($"INSERT INTO {_schema}.history (written_at, node_id, keys, content) VALUES ('2020-01-01 12:00:00+00', 1, ARRAY[7], 'x')");
        await here.RemoveBeforeAsync(new DateTimeOffset(2020, 1, 1, 23, 0, 0, TimeSpan.Zero), long.MaxValue);
        (await here.FindAsync(7, long.MaxValue, 10)).Count.ShouldBe(6);
        await here.RemoveBeforeAsync(new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.Zero), long.MaxValue);
        (await here.FindAsync(7, long.MaxValue, 10)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task What_a_node_last_told_of_a_subject_any_node_reads_with_its_age_until_that_node_leaves()
    {
        var (here, there) = (_a.Cluster.Notices!, _b.Cluster.Notices!);
        var (a, b) = (_a.Cluster.View.Self.Id, _b.Cluster.View.Self.Id);
        (await there.ReadAsync("x")).ShouldBeEmpty();
        await here.PostAsync("x", "first"u8.ToArray());
        await here.PostAsync("x", "second"u8.ToArray());
        await here.PostAsync("y", "other"u8.ToArray());
        await there.PostAsync("x", ReadOnlyMemory<byte>.Empty);
        await _server.AskAsync($"UPDATE {_schema}.node_notices SET written_at = written_at - interval '1 minute' WHERE node_id = {a}");
        var told = (await there.ReadAsync("x")).ToDictionary(n => n.NodeId);
        told.Keys.ShouldBe([a, b], ignoreOrder: true);
        told[a].Content.ToArray().ShouldBe("second"u8.ToArray());
        told[b].Content.Length.ShouldBe(0);
        (told[a].Age >= TimeSpan.FromMinutes(1), told[b].Age >= TimeSpan.Zero, told[b].Age < TimeSpan.FromMinutes(1)).ShouldBe((true, true, true));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await here.PostAsync("x", new byte[(1 << 20) + 1]));
        (await _server.AskAsync($"SELECT relpersistence = 'u' FROM pg_class WHERE oid = '{_schema}.node_notices'::regclass")).ShouldBe(true);

        await _a.DisposeAsync();
        (await there.ReadAsync("x")).ShouldHaveSingleItem().NodeId.ShouldBe(b);
    }

    [Fact]
    public async Task Documents_that_another_node_sets_are_told()
    {
        var told = 0;
        _b.Cluster.DocumentsChanged += () => Interlocked.Increment(ref told);
        await _a.CommitAsync(new Commit().SetDocument("k", "v"u8.ToArray()));
        await UntilAsync(() => told > 0 && _b.Document("k") is not null);
    }
}
