using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Destinations;
using Spectre.Console;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn destination …</c></summary>
internal static class DestinationCommands
{
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
            var destinations = await session.Client.ListDestinationsAsync(cancellationToken);
            if (session.AnswersJson(new DestinationList(destinations), j => j.DestinationList))
                return ExitCode.Ok;
            if (destinations.Count == 0)
                return session.Done("No destinations.");
            var hasNodes = destinations.Any(d => d.Node is not null);
            string[] columns = ["destination", ">queued", ">ready", ">oldest", ">conns", ">limit", ">delivered", ">failed", "state"];
            var listing = new Listing([.. columns, .. hasNodes ? ["node"] : Array.Empty<string>(), "last reply"]);
            foreach (var d in destinations)
            {
                object?[] cells =
                [
                    d.Name, Readable.Number(d.Queued), Readable.Number(d.Ready), Readable.Age(d.OldestEnqueuedAt, session.Now), d.Connections, d.ConcurrencyLimit,
                    Readable.Number(d.Delivered), Readable.Number(d.Failed), Listing.Coloured(State(d, session.Now), Colour(d)),
                ];
                listing.Add([.. cells, .. hasNodes ? [d.Node] : Array.Empty<object?>(), d.LastReply]);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

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
            .Add("connections", $"{destination.Connections} of {destination.ConcurrencyLimit}")
            .Add("since start", $"{Readable.Number(destination.Delivered)} delivered, {Readable.Number(destination.Failed)} bounced, {Readable.Number(destination.Deferred)} deferred")
            .Add("last reply", destination.LastReply)
            .Write(session.Out);
        return ExitCode.Ok;
    }

    private static string State(DestinationInfo destination, DateTimeOffset now)
    {
        var state = Readable.Word(destination.State);
        state = destination.Until is { } until ? $"{state}, goes on {Readable.Until(until, now)}" : state;
        return IsPartly(destination) ? $"{state}, {Readable.Count(destination.SuspendedDomains!.Count, "domain")} suspended" : state;
    }

    private static bool IsPartly(DestinationInfo destination) => destination is { SuspendedDomains: not null, State: not DestinationState.Suspended };

    private static Color Colour(DestinationInfo destination) => destination.State == DestinationState.Active ? Color.Default : Color.Yellow;
}
