using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Cli.Webhooks;

/// <summary>A webhook, and its calls, as people read them.</summary>
internal static class WebhookReport
{
    public static int Write(Session session, WebhookInfo webhook)
    {
        if (session.AnswersJson(webhook, j => j.WebhookInfo))
            return ExitCode.Ok;
        var settings = webhook.Settings;
        new Facts()
            .Add("webhook", webhook.IsConfigured ? $"{webhook.Name} (in the configuration file)" : webhook.Name)
            .Add("url", settings.Url)
            .Add(settings.Topic is null ? "queue" : "topic", settings.Topic is null ? webhook.Queue : $"{settings.Topic}, in the queue {webhook.Queue}")
            .Add("state", WebhookCommands.State(webhook.State, webhook.Until, session.Now))
            .Add("reason", webhook.Reason)
            .Add("secret", webhook.Secret is null ? null : $"{webhook.Secret}   (it is not told again)")
            .Add("signed", settings.Secrets is { Count: > 0 } secrets ? $"with {Readable.Count(secrets.Count, "secret")}" : "not at all")
            .Add("waiting", $"{Readable.Count(webhook.Waiting, "message")}, {Readable.Number(webhook.Ready)} of them ready, {Readable.Number(webhook.InFlight)} under way")
            .Add("since start", $"{Readable.Number(webhook.Delivered)} delivered, {Readable.Count(webhook.Failed, "attempt")} failed, {Readable.Number(webhook.DeadLettered)} given up")
            .Add("dead letters", webhook.DeadLetters)
            .Add("schedule", settings.Schedule)
            .Add("limits", Limits(settings))
            .Add("answers", settings.ReplyTo is null ? null : $"go to {settings.ReplyTo}")
            .Add("owner", settings.Owner)
            .Add("last call", webhook.Last is { } last ? Line(last) : null)
            .Write(session.Out);
        if (webhook.Endpoints.Count > 1)
            Write(session, webhook.Endpoints);
        return ExitCode.Ok;
    }

    public static int Write(Session session, IReadOnlyList<WebhookAttempt> calls)
    {
        if (calls.Count == 0)
            return session.Done("No calls since the server started.");
        var listing = new Listing(">age", "message", ">attempt", "outcome", ">took", "endpoint", "answer");
        foreach (var c in calls)
        {
            listing.Add(
                Readable.Age(c.At, session.Now), c.Message, c.Number, Readable.Word(c.Outcome), Readable.Span(c.Took), c.Endpoint,
                c.Answer is null ? c.Reason : $"{c.Reason}: {c.Answer}");
        }
        listing.Write(session.Surroundings);
        return ExitCode.Ok;
    }

    /// <summary>A call in one line.</summary>
    public static string Line(WebhookAttempt call) =>
        Listing.Clean($"{Readable.Word(call.Outcome)}: {call.Reason} in {Readable.Span(call.Took)}, {call.Endpoint}{(call.Answer is null ? "" : $": {call.Answer}")}");

    private static void Write(Session session, IReadOnlyList<WebhookLaneInfo> endpoints)
    {
        session.Out.WriteLine();
        var listing = new Listing("endpoint", ">in flight", "state", "reason");
        foreach (var e in endpoints)
            listing.Add(e.Endpoint, e.InFlight, WebhookCommands.State(e.State, e.Until, session.Now), e.Reason);
        listing.Write(session.Surroundings);
    }

    private static string Limits(WebhookSettings settings)
    {
        var limits = new List<string>();
        if (settings.Concurrency is { } concurrency)
            limits.Add($"{concurrency} at once");
        if (settings.Rate is { } rate)
            limits.Add(rate);
        if (settings.Timeout is { } timeout)
            limits.Add($"{DurationText.Format(timeout)} for an answer");
        return string.Join(", ", limits);
    }
}
