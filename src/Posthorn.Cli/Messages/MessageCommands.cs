using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Cli.Messages;

/// <summary><c>posthorn message …</c></summary>
internal static class MessageCommands
{
    public static Command Build(ServerOptions server)
    {
        var group = new Command("message", "See and steer messages, one or all that a filter selects");
        foreach (var command in new[] { List(server), Show(server), Body(server) }.Concat(MessageActions.Build(server)))
            group.Subcommands.Add(command);
        return group;
    }

    private static Argument<string> Id() => new("id") { Description = "The message's id" };

    private static Command List(ServerOptions server)
    {
        var filter = new MessageFilterOptions(hasQueue: true);
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 1000", DefaultValueFactory = _ => 50, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "Go on behind the page before; it said how", HelpName = "PLACE" };
        var command = new Command("list", "Messages in the order of delivery; nobody's work is disturbed") { limit, after };
        filter.AddTo(command);
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var page = await session.Client.ListMessagesAsync(filter.Read(parsed), parsed.GetValue(limit), parsed.GetValue(after), cancellationToken);
            if (session.AnswersJson(page, j => j.MessagePage))
                return ExitCode.Ok;
            if (page.Messages.Count == 0)
                return session.Done("No messages.");
            MessageListing.Write(session, page.Messages);
            if (page.Next is { } next)
                session.Surroundings.Error.WriteLine($"There may be more: --after {next}");
            return ExitCode.Ok;
        });
    }

    private static Command Show(ServerOptions server)
    {
        var id = Id();
        return server.Does(new Command("show", "One message: envelope, state, attributes, headers") { id }, async (parsed, session, cancellationToken) =>
        {
            var detail = await session.Client.GetMessageAsync(parsed.GetRequiredValue(id), cancellationToken);
            if (!session.AnswersJson(detail, j => j.MessageDetail))
                Write(session, detail);
            return ExitCode.Ok;
        });
    }

    private static Command Body(ServerOptions server)
    {
        var id = Id();
        var output = new Option<FileInfo?>("--output", "-o") { Description = "Into this file instead of standard output", HelpName = "FILE" };
        return server.Does(new Command("body", "A message's bytes, as they are") { id, output }, async (parsed, session, cancellationToken) =>
        {
            await using var body = await session.Client.OpenMessageAsync(parsed.GetRequiredValue(id), cancellationToken);
            await using var to = parsed.GetValue(output) is { } file ? file.Create() : session.Surroundings.OpenOutput();
            await body.CopyToAsync(to, cancellationToken);
            return ExitCode.Ok;
        });
    }

    private static void Write(Session session, MessageDetail detail)
    {
        var m = detail.Message;
        new Facts()
            .Add("message", m.Id)
            .Add("came from", m.Origin == m.Id ? null : m.Origin)
            .Add("queue", $"{m.Queue}, number {m.Number}{(m.Group is null ? "" : $", group {m.Group}")}")
            .Add("state", Readable.Word(m.State) + (m.State == MessageState.Delayed ? $", due {Readable.Until(m.DueAt, session.Now)} ({Readable.Moment(m.DueAt)})" : ""))
            .Add("priority", m.Priority)
            .Add("accepted", $"{Readable.Moment(m.AcceptedAt)} ({Readable.Age(m.AcceptedAt, session.Now)} ago)")
            .Add("tries", m.Attempts)
            .Add("last error", m.LastError)
            .Add("size", $"{Readable.Size(m.Bytes)} ({Readable.Number(m.Bytes)} bytes)")
            .Add("sender", m.Sender is "" ? "<>" : m.Sender)
            .Write(session.Out);
        foreach (var recipient in detail.Recipients)
        {
            var notify = recipient.Notify.Count == 0 ? "" : $"  notify {string.Join(", ", recipient.Notify)}";
            session.Out.WriteLine(Listing.Clean($"recipient   {recipient.Address}{notify}"));
        }
        Section(session, "attributes", detail.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => (a.Key, a.Value.Text ?? $"({a.Value.Bytes?.Length ?? 0} bytes)")));
        if (detail.Flags.Count > 0)
            session.Out.WriteLine($"\nflags: {Listing.Clean(string.Join(' ', detail.Flags))}");
        Section(session, "headers", detail.Headers.Select(h => (h.Name, h.Value)));
    }

    private static void Section(Session session, string title, IEnumerable<(string Name, string Value)> values)
    {
        var lines = values.ToList();
        if (lines.Count == 0)
            return;
        session.Out.WriteLine($"\n{title}:");
        foreach (var (name, value) in lines)
            session.Out.WriteLine(Listing.Clean($"  {name}: {value}"));
    }
}
