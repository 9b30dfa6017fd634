using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Webhooks;
using Spectre.Console;

namespace Posthorn.Cli.Webhooks;

/// <summary><c>posthorn webhook …</c></summary>
internal static class WebhookCommands
{
    public static Command Build(ServerOptions server)
    {
        var group = new Command("webhook", "Post what comes into a queue or topic to a URL: see, make, steer");
        group.Subcommands.Add(List(server));
        group.Subcommands.Add(Show(server));
        group.Subcommands.Add(Add(server));
        group.Subcommands.Add(Remove(server));
        group.Subcommands.Add(Pause(server));
        group.Subcommands.Add(Resume(server));
        group.Subcommands.Add(Test(server));
        group.Subcommands.Add(WebhookReplayCommand.Build(server));
        return group;
    }

    public static Argument<string> Name() => new("webhook") { Description = "The webhook's name" };

    private static Command List(ServerOptions server) =>
        server.Does(new Command("list", "All webhooks"), async (_, session, cancellationToken) =>
        {
            var webhooks = await session.Client.ListWebhooksAsync(cancellationToken);
            if (session.AnswersJson(new WebhookList(webhooks), j => j.WebhookList))
                return ExitCode.Ok;
            if (webhooks.Count == 0)
                return session.Done("No webhooks.");
            var listing = new Listing("webhook", "queue", ">waiting", ">in flight", ">delivered", ">failed", ">dead", "state", "url");
            foreach (var w in webhooks)
            {
                listing.Add(
                    w.Name, w.Queue, Readable.Number(w.Waiting), w.InFlight, Readable.Number(w.Delivered), Readable.Number(w.Failed), Readable.Number(w.DeadLettered),
                    Listing.Coloured(State(w.State, w.Until, session.Now), Colour(w.State)), w.Settings.Url);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

    private static Command Show(ServerOptions server)
    {
        var name = Name();
        var attempts = new Option<bool>("--attempts") { Description = "Its last calls instead" };
        return server.Does(new Command("show", "One webhook: how it is set, how its endpoints are, and its last calls") { name, attempts }, async (parsed, session, cancellationToken) =>
        {
            if (!parsed.GetValue(attempts))
                return WebhookReport.Write(session, await session.Client.GetWebhookAsync(parsed.GetRequiredValue(name), cancellationToken));
            var calls = await session.Client.ListWebhookAttemptsAsync(parsed.GetRequiredValue(name), cancellationToken);
            return session.AnswersJson(new WebhookAttempts(calls), j => j.WebhookAttempts) ? ExitCode.Ok : WebhookReport.Write(session, calls);
        });
    }

    private static Command Add(ServerOptions server)
    {
        var name = new Option<string?>("--name") { Description = "Its name [the queue's, or the topic's]", HelpName = "NAME" };
        var replace = new Option<bool>("--replace") { Description = "Replace all settings of one that exists; its secrets stay unless others are given" };
        var settings = new WebhookSettingOptions();
        var command = new Command("add", "Make a webhook; without --secret it gets one, which is told here and never again") { name, replace };
        settings.AddTo(command);
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var wanted = settings.Read(parsed, parsed.GetValue(name));
            var webhook = parsed.GetValue(replace)
                ? await session.Client.SetWebhookAsync(wanted.Name ?? wanted.Topic ?? wanted.Queue ?? throw new UsageException("Name the webhook, its queue or its topic."), wanted, cancellationToken)
                : await session.Client.AddWebhookAsync(wanted, cancellationToken);
            return WebhookReport.Write(session, webhook);
        });
    }

    private static Command Remove(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("remove", "Remove a webhook; the messages of its queue stay") { name }, async (parsed, session, cancellationToken) =>
        {
            await session.Client.RemoveWebhookAsync(parsed.GetRequiredValue(name), cancellationToken);
            return session.Done($"Webhook {parsed.GetValue(name)} is removed.");
        });
    }

    private static Command Pause(ServerOptions server)
    {
        var name = Name();
        var reason = new Option<string?>("--reason") { Description = "Why, for those who look", HelpName = "TEXT" };
        return server.Does(new Command("pause", "Post nothing; messages wait, and nothing of them is counted") { name, reason }, async (parsed, session, cancellationToken) =>
            WebhookReport.Write(session, await session.Client.PauseWebhookAsync(parsed.GetRequiredValue(name), new WebhookPause { Reason = parsed.GetValue(reason) }, cancellationToken)));
    }

    private static Command Resume(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("resume", "Post again, also to endpoints that are failing or disabled") { name }, async (parsed, session, cancellationToken) =>
            WebhookReport.Write(session, await session.Client.ResumeWebhookAsync(parsed.GetRequiredValue(name), cancellationToken)));
    }

    private static Command Test(ServerOptions server)
    {
        var name = Name();
        var attributes = new Option<string[]>("--attribute") { Description = "An attribute for a place in the URL, name=text", HelpName = "NAME=TEXT" };
        return server.Does(new Command("test", "Make a signed call that carries no message, and tell what came of it") { name, attributes }, async (parsed, session, cancellationToken) =>
        {
            var given = (parsed.GetValue(attributes) ?? []).Select(Attribute).ToDictionary(a => a.Name, a => a.Text, StringComparer.Ordinal);
            var call = await session.Client.TestWebhookAsync(parsed.GetRequiredValue(name), new WebhookTest { Attributes = given }, cancellationToken);
            if (!session.AnswersJson(call, j => j.WebhookAttempt))
                session.Out.WriteLine(WebhookReport.Line(call));
            return call.Outcome == WebhookOutcome.Delivered ? ExitCode.Ok : ExitCode.Failure;
        });
    }

    private static (string Name, string Text) Attribute(string text)
    {
        var end = text.IndexOf('=', StringComparison.Ordinal);
        return end > 0 ? (text[..end], text[(end + 1)..]) : throw new UsageException($"--attribute: '{text}' is not name=text.");
    }

    public static string State(WebhookState state, DateTimeOffset? until, DateTimeOffset now)
    {
        var word = Readable.Word(state);
        return until is null ? word : $"{word}, tried {Readable.Until(until, now)}";
    }

    private static Color Colour(WebhookState state) => state switch
    {
        WebhookState.Active => Color.Default,
        WebhookState.Disabled or WebhookState.Misconfigured => Color.Red,
        _ => Color.Yellow,
    };
}
