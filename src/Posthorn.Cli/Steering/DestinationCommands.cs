using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Destinations;
using Spectre.Console;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn destination …</c></summary>
internal static class DestinationCommands
{
    /// <summary>Nodes tell every two seconds; this is when one has been kept from it.</summary>
    private static readonly TimeSpan s_old = TimeSpan.FromSeconds(5);

    public static Command Build(ServerOptions server)
    {
        var group = new Command("destination", "See and steer where mail goes to");
        group.Subcommands.Add(List(server));
        group.Subcommands.Add(One(server, "show", "One destination, by its name or a domain it serves",
            (session, name, cancellationToken) => session.Client.GetDestinationAsync(name, cancellationToken)));
        group.Subcommands.Add(Suspend(server));
        group.Subcommands.Add(One(server, "resume", "Deliver to a destination again",
            (session, name, cancellationToken) => session.Client.ResumeDestinationAsync(name, cancellationToken)));
        group.Subcommands.Add(One(server, "retry", "End its back-off and make everything that waits for it due now",
            (session, name, cancellationToken) => session.Client.RetryDestinationAsync(name, cancellationToken)));
        return group;
    }

    private static Argument<string> Name() => new("destination") { Description = "The destination's name, or a domain" };

    private static Command List(ServerOptions server) =>
        server.Does(new Command("list", "Destinations that mail waits for or goes to"), async (_, session, cancellationToken) =>
        {
            var list = await session.Client.ListDestinationsAsync(cancellationToken);
            if (session.AnswersJson(list, j => j.DestinationList))
                return ExitCode.Ok;
            WriteDoubts(session, list);
            if (list.Destinations.Count == 0)
                return session.Done("No destinations.");
            var hasNodes = list.Nodes is not null;
            string[] columns = ["destination", ">queued", ">ready", ">oldest", ">conns", ">limit", ">delivered", ">failed", "state"];
            var listing = new Listing([.. columns, .. hasNodes ? ["node"] : Array.Empty<string>(), "last reply"]);
            foreach (var d in list.Destinations)
            {
                object?[] cells =
                [
                    d.Name, Readable.Number(d.Queued), Readable.Number(d.Ready), Readable.Age(d.OldestEnqueuedAt, session.Now), Told(d, d.Connections), Told(d, d.ConcurrencyLimit),
                    Told(d, d.Delivered), Told(d, d.Failed), Listing.Coloured(State(d, session.Now), Colour(d)),
                ];
                listing.Add([.. cells, .. hasNodes ? [d.Node] : Array.Empty<object?>(), d.LastReply]);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

    /// <summary>What an administrator should know of where the figures come from; beside the list, which a program may read.</summary>
    private static void WriteDoubts(Session session, DestinationList list)
    {
        foreach (var node in list.Nodes ?? [])
        {
            if (node.Age is not { } age)
                session.Surroundings.Error.WriteLine(Listing.Clean($"{node.Name} has not told of its destinations: '?' stands for what only it knows."));
            else if (age >= s_old)
                session.Surroundings.Error.WriteLine(Listing.Clean($"{node.Name} told of its destinations {Readable.Span(age)} ago."));
            if (node.LeftOff > 0)
                session.Surroundings.Error.WriteLine(Listing.Clean($"{node.Name} has {Readable.Count(node.LeftOff, "destination")} more than it told of; ask it with --server."));
        }
    }

    private static string Told(DestinationInfo destination, long figure) => destination.IsUntold ? "?" : Readable.Number(figure);

    private static Command Suspend(ServerOptions server)
    {
        var name = Name();
        var duration = OptionKinds.Duration("--for", "How long; without it until resumed");
        var reason = new Option<string?>("--reason") { Description = "Why, for those who look", HelpName = "TEXT" };
        return server.Does(
            new Command("suspend", "Stop the delivery to a destination or domain; its mail waits") { name, duration, reason },
            async (parsed, session, cancellationToken) => Write(session, await session.Client.SuspendDestinationAsync(
                parsed.GetRequiredValue(name), new SuspendRequest { For = parsed.GetValue(duration), Reason = parsed.GetValue(reason) }, cancellationToken)));
    }

    private static Command One(
        ServerOptions server, string verb, string description, Func<Session, string, CancellationToken, Task<DestinationInfo>> action)
    {
        var name = Name();
        return server.Does(new Command(verb, description) { name }, async (parsed, session, cancellationToken) =>
            Write(session, await action(session, parsed.GetRequiredValue(name), cancellationToken)));
    }

    private static int Write(Session session, DestinationInfo destination)
    {
        if (session.AnswersJson(destination, j => j.DestinationInfo))
            return ExitCode.Ok;
        new Facts()
            .Add("destination", destination.Name)
            .Add("domains", destination.Domains is [var only] && only == destination.Name ? null : string.Join(", ", destination.Domains))
            .Add("node", destination.Node)
            .Add("state", State(destination, session.Now))
            .Add("suspended", IsPartly(destination) ? string.Join(", ", destination.SuspendedDomains!) : null)
            .Add("reason", destination.Reason)
            .Add("waiting", $"{Readable.Count(destination.Queued, "mail")}, {Readable.Number(destination.Ready)} of them ready")
            .Add("oldest", Readable.Age(destination.OldestEnqueuedAt, session.Now))
            .Add("connections", destination.IsUntold ? null : $"{destination.Connections} of {destination.ConcurrencyLimit}")
            .Add("since start", destination.IsUntold
                ? $"not known: {destination.Node} has not told of it"
                : $"{Readable.Number(destination.Delivered)} delivered, {Readable.Number(destination.Failed)} bounced, {Readable.Number(destination.Deferred)} deferred")
            .Add("last reply", destination.LastReply)
            .Write(session.Out);
        return ExitCode.Ok;
    }

    private static string State(DestinationInfo destination, DateTimeOffset now)
    {
        var state = destination is { IsUntold: true, State: DestinationState.Active } ? "?" : Readable.Word(destination.State);
        state = destination.Until is { } until ? $"{state}, goes on {Readable.Until(until, now)}" : state;
        return IsPartly(destination) ? $"{state}, {Readable.Count(destination.SuspendedDomains!.Count, "domain")} suspended" : state;
    }

    private static bool IsPartly(DestinationInfo destination) => destination is { SuspendedDomains: not null, State: not DestinationState.Suspended };

    private static Color Colour(DestinationInfo destination) => destination.State == DestinationState.Active ? Color.Default : Color.Yellow;
}
