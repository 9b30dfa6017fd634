using System.Globalization;
using System.Net;
using Posthorn.Client.Contracts.Destinations;
using Posthorn.Client.Contracts.Nodes;

namespace Posthorn.IntegrationTests;

/// <summary>Three real nodes on one database: limits hold for all together, work moves when one dies or drains, and each tells what another did.</summary>
public sealed class ClusterTests
{
    private static readonly string[] Three = ["a", "b", "c"];

    [Fact]
    public async Task A_destinations_connections_are_limited_for_all_nodes_together()
    {
        const int Mails = 30;
        await using var cluster = await Cluster.StartAsync(Three, ", per-destination: { connections: 2 }");
        var (now, most) = (0, 0);
        cluster.Recorder.Before = async stage =>
        {
            if (stage != Stage.Content)
                return;
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await Task.Delay(10); // what it takes this server to store a mail: time for a third to come, if one does
            Interlocked.Decrement(ref now);
        };
        await Task.WhenAll(cluster.Nodes.Select((node, n) => Cluster.SendAsync(node, Enumerable.Range(0, Mails).Select(i => string.Create(CultureInfo.InvariantCulture, $"m{n}x{i}@d1.test")))));
        await Until.TrueAsync(async () => await Cluster.WaitingAsync(cluster["a"]) == 0, "all are delivered");
        cluster.Recorder.Mails.SelectMany(m => m.Recipients).Distinct().Count().ShouldBe(3 * Mails);
        cluster.Recorder.Count.ShouldBe(3 * Mails);
        most.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task When_a_node_is_killed_the_others_deliver_what_it_held_within_seconds()
    {
        await using var cluster = await Cluster.StartAsync(Three);
        await Cluster.SendAsync(cluster["a"], Cluster.InEachDomain("first"));
        await Until.TrueAsync(async () => await Cluster.WaitingAsync(cluster["a"]) == 0, "all of the first are delivered");
        var owners = new List<string?>();
        foreach (var recipient in Cluster.InEachDomain("first"))
            owners.AddRange(await Cluster.DidAsync(cluster["b"], recipient, "delivered"));
        owners.Count.ShouldBe(Cluster.Domains);
        var victim = owners.GroupBy(n => n).OrderByDescending(g => g.Count()).First().Key!;
        owners.Distinct().Count().ShouldBeGreaterThan(1);

        var (inFlight, go) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        cluster.Recorder.Before = stage =>
        {
            if (stage == Stage.Content)
                Interlocked.Increment(ref inFlight);
            return stage == Stage.Content ? go.Task : Task.CompletedTask;
        };
        await Cluster.SendAsync(cluster["a"], Cluster.InEachDomain("second"));
        await Until.TrueAsync(() => Volatile.Read(ref inFlight) == Cluster.Domains, "all of the second are on their way");
        await cluster[victim].KillAsync();
        go.SetResult();
        var asked = cluster.Nodes.First(n => n != cluster[victim]);
        await Until.TrueAsync(async () => await Cluster.WaitingAsync(asked) == 0, "the others have delivered what it held", TimeSpan.FromSeconds(10));
        cluster.Recorder.Mails.SelectMany(m => m.Recipients).Distinct().Count().ShouldBe(2 * Cluster.Domains);
        await cluster.SeenAsync(asked, list => list.Single(n => n.Name == victim).State == NodeState.Dead); // the others may have seen it first
    }

    [Fact]
    public async Task A_node_that_drains_takes_nothing_and_its_destinations_go_to_the_others()
    {
        await using var cluster = await Cluster.StartAsync(Three);
        var (a, c) = (cluster["a"], cluster["c"]);
        await using var idle = await SmtpTalk.ConnectAsync(c.Smtp);
        var drained = await a.RunAsync("node", "drain", "c", "--wait");
        drained.ExitCode.ShouldBe(0, drained.Error);
        drained.Output.ShouldContain("has finished: it can be stopped");
        (await idle.ReadAnswerAsync()).Code.ShouldBe(421); // who was connected and idle is sent away
        await using (var late = await SmtpTalk.ConnectAsync(c.Smtp))
            late.Greeting.Expect(421);
        using var http = new HttpClient();
        using (var health = await http.GetAsync(new Uri(c.Http, "/healthz")))
            health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await c.RunAsync("health")).Output.ShouldContain("drain");

        await Cluster.SendAsync(a, Cluster.InEachDomain("x"));
        await Until.TrueAsync(async () => await Cluster.WaitingAsync(a) == 0, "all are delivered");
        foreach (var recipient in Cluster.InEachDomain("x"))
            (await Cluster.DidAsync(c, recipient, "delivered")).ShouldHaveSingleItem().ShouldBeOneOf("a", "b");

        (await a.RunAsync("node", "drain", "c", "--undo")).ExitCode.ShouldBe(0);
        await cluster.SeenAsync(c, nodes => nodes.All(n => n.State == NodeState.Live));
        await using (var again = await SmtpTalk.ConnectAsync(c.Smtp))
            again.Greeting.Expect(220);
        var unknown = await a.RunAsync("node", "drain", "nowhere");
        unknown.ExitCode.ShouldBe(3);
        unknown.Error.ShouldContain("There is no node 'nowhere'; there are: a, b, c.");
    }

    [Fact]
    public async Task The_nodes_are_listed_and_the_trace_tells_on_any_node_which_did_what()
    {
        await using var cluster = await Cluster.StartAsync(Three);
        await Cluster.SendAsync(cluster["a"], Cluster.InEachDomain("x"));
        await Until.TrueAsync(async () => await Cluster.WaitingAsync(cluster["a"]) == 0, "all are delivered");
        var deliverers = new HashSet<string?>();
        foreach (var recipient in Cluster.InEachDomain("x"))
        {
            (await Cluster.DidAsync(cluster["c"], recipient, "accepted")).ShouldBe(["a"]);
            deliverers.UnionWith(await Cluster.DidAsync(cluster["c"], recipient, "delivered"));
        }
        deliverers.Count.ShouldBeGreaterThan(1);
        var trace = await cluster["b"].RunAsync("trace", "x@d1.test");
        trace.Output.ShouldContain("on a");

        await Until.TrueAsync(async () => (await cluster["b"].Client.ListNodesAsync()).Sum(n => n.Destinations) == Cluster.Domains, "each destination is one node's");
        var list = await cluster["b"].RunAsync("node", "list");
        list.Output.ShouldContain("b*");
        list.Output.ShouldContain($"http {cluster["c"].Listener("http")}");
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(cluster["c"].Http, "/metrics"));
        metrics.ShouldContain("posthorn_cluster_nodes{state=\"live\"} 3\n");
        metrics.ShouldContain("posthorn_node_info{node=\"c\",");
        (await cluster["b"].StopAsync()).ShouldBe(0);
        await cluster.SeenAsync(cluster["a"], nodes => nodes.Select(n => n.Name).SequenceEqual(["a", "c"]));
    }

    [Fact]
    public async Task Any_node_tells_of_all_destinations_and_has_any_of_them_tried_at_once()
    {
        await using var cluster = await Cluster.StartAsync(Three, ", schedule: 10m, per-destination: { connections: 1 }");
        await cluster.Recorder.DieAsync();
        await Cluster.SendAsync(cluster["a"], Cluster.InEachDomain("x"));
        var owners = new HashSet<string?>();
        foreach (var node in cluster.Nodes)
        {
            await Until.TrueAsync(
                async () => (await node.Client.ListDestinationsAsync()).Destinations is { Count: Cluster.Domains } all
                    && all.All(d => d is { IsUntold: false, State: DestinationState.BackingOff, Until: not null, Queued: 1, Deferred: 1, Node: not null } && d.LastReply!.Contains("refused", StringComparison.Ordinal)),
                "it tells of all, wherever they are");
            var list = await node.Client.ListDestinationsAsync();
            list.Nodes.ShouldNotBeNull().Count.ShouldBe(2);
            list.Nodes.ShouldAllBe(n => n.Age != null && n.LeftOff == 0);
            owners.UnionWith(list.Destinations.Select(d => d.Node));
        }
        owners.Count.ShouldBeGreaterThan(1);

        // The back-off is half a minute, and the mail's own delay ten: it goes out because it was asked for, at a node that has not got the destination.
        cluster.Recorder.Listen();
        var theirs = (await cluster["a"].Client.ListDestinationsAsync()).Destinations.First(d => d.Node != "a");
        var retried = await cluster["a"].RunAsync("destination", "retry", theirs.Name);
        retried.ExitCode.ShouldBe(0, retried.Error);
        await Until.TrueAsync(() => cluster.Recorder.Count == 1, "it goes out", TimeSpan.FromSeconds(10));
        cluster.Recorder.Mails[0].Recipients.ShouldHaveSingleItem().ShouldEndWith("@" + theirs.Domains[0]);

        // A suspension is known by the destination's name, too, wherever it is.
        var other = (await cluster["a"].Client.ListDestinationsAsync()).Destinations.First(d => d.Node != "a" && d.Name != theirs.Name);
        (await cluster["a"].RunAsync("destination", "suspend", other.Name)).ExitCode.ShouldBe(0);
        await Until.TrueAsync(async () => (await cluster[other.Node!].Client.GetDestinationAsync(other.Domains[0])).State == DestinationState.Suspended, "its node knows");
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
