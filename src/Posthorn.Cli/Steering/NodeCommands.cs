using System.CommandLine;
using System.Globalization;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Nodes;
using Spectre.Console;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn node …</c></summary>
internal static class NodeCommands
{
    private const string Self = "self";

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(500);

    public static Command Build(ServerOptions server) => new("node", "The nodes that share the queues") { List(server), Drain(server) };

    private static Command List(ServerOptions server) =>
        server.Does(new Command("list", "The nodes, and what each does"), async (_, session, cancellationToken) =>
        {
            var nodes = await session.Client.ListNodesAsync(cancellationToken);
            if (session.AnswersJson(new NodeList(nodes), j => j.NodeList))
                return ExitCode.Ok;
            var listing = new Listing("node", ">id", "state", ">up", ">heard", "version", ">dests", ">conns", ">sessions", ">in/min", ">out/min", "doors");
            foreach (var n in nodes)
            {
                listing.Add(
                    n.IsSelf ? n.Name + "*" : n.Name, n.Id, Listing.Coloured(Readable.Word(n.State), Colour(n.State)), Readable.Age(n.StartedAt, session.Now),
                    Readable.Span(n.Silence), n.Version, n.Destinations, n.Connections, n.Sessions, Rate(n.AcceptedPerMinute), Rate(n.DeliveredPerMinute), string.Join(", ", n.Doors));
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

    private static Command Drain(ServerOptions server)
    {
        var name = new Argument<string>("node") { Description = "Its name or number [the node that is asked]", DefaultValueFactory = _ => Self };
        var undo = new Option<bool>("--undo") { Description = "Let it take on work again" };
        var wait = new Option<bool>("--wait") { Description = "Wait until it has finished what it had begun" };
        var command = new Command("drain", "Let a node take on nothing new and finish what it has begun, so that it can be stopped") { name, undo, wait };
        command.Validators.Add(result =>
        {
            if (result.GetValue(undo) && result.GetValue(wait))
                result.AddError("--undo and --wait do not go together: after --undo there is nothing to wait for.");
        });
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var named = parsed.GetRequiredValue(name);
            var node = parsed.GetValue(undo) ? await session.Client.ResumeNodeAsync(named, cancellationToken) : await session.Client.DrainNodeAsync(named, cancellationToken);
            if (parsed.GetValue(wait) && await WaitAsync(session, node, cancellationToken) is { } waited)
                node = waited;
            if (session.AnswersJson(node, j => j.NodeInfo))
                return ExitCode.Ok;
            return session.Done((node.State, parsed.GetValue(wait)) switch
            {
                (NodeState.Draining, true) => $"The node {node.Name} has finished: it can be stopped.",
                (NodeState.Draining, false) => $"The node {node.Name} drains.",
                (NodeState.Dead, _) => $"The node {node.Name} has ended.",
                _ => $"The node {node.Name} takes on work.",
            });
        });
    }

    /// <summary>Waits until nobody is connected and nothing is under way.</summary>
    private static async Task<NodeInfo?> WaitAsync(Session session, NodeInfo node, CancellationToken cancellationToken)
    {
        // Twice: what it said last may be from before it knew.
        for (var idle = 0; idle < 4;)
        {
            await Task.Delay(s_lookEvery, session.Surroundings.Time, cancellationToken);
            var nodes = await session.Client.ListNodesAsync(cancellationToken);
            if (nodes.FirstOrDefault(n => n.Id == node.Id) is not { State: not NodeState.Dead } now)
                return node with { State = NodeState.Dead };
            if (now.State == NodeState.Live && idle > 0)
                throw new UsageException($"Somebody let the node {node.Name} take on work again.");
            idle = now is { State: NodeState.Draining, Sessions: 0, Deliveries: 0 } ? idle + 1 : 0;
            node = now;
        }
        return node;
    }

    private static string Rate(double perMinute) => perMinute.ToString(perMinute < 100 ? "0.#" : "N0", CultureInfo.InvariantCulture);

    private static Color Colour(NodeState state) => state switch
    {
        NodeState.Live => Color.Default,
        NodeState.Draining => Color.Yellow,
        _ => Color.Red,
    };
}
