using System.Globalization;
using Posthorn.Messages;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Writes to the owner of a webhook whose endpoint keeps failing: once an outage, and once more when it is disabled, because then somebody has to act.</summary>
internal sealed class WebhookNotices(PosthornOptions options, TimeProvider time)
{
    /// <summary>The mail about an endpoint; null when nobody is to be told.</summary>
    public NewMessage? About(WebhookOptions webhook, string endpoint, LaneState state)
    {
        if (webhook.Owner is not { } owner)
            return null;
        var since = state.FailingSince is { } at ? at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC" : "now";
        var text = state.IsDisabled
            ? $"Nothing is posted to it any more. It has failed since {since}; its last answer was: {state.Reason}\n\n"
                + $"Its messages wait in the queue {webhook.Queue}. Once the endpoint works again, go on with:\n\n    posthorn webhook resume {Quoted(webhook.Name)}\n"
            : $"It has failed since {since}; its last answer was: {state.Reason}\n\n"
                + $"Its messages wait in the queue {webhook.Queue}, and it is tried with one of them now and then: when that one is taken, the others follow by themselves. "
                + "To try at once:\n\n"
                + $"    posthorn webhook resume {Quoted(webhook.Name)}\n\n{Outlook(webhook)}";
        return new AutomaticMail
        {
            Hostname = options.Hostname,
            From = "Posthorn",
            To = owner,
            Subject = $"Webhook {webhook.Name}: {(state.IsDisabled ? "disabled" : "paused")}, the endpoint keeps failing",
            Text = $"This is about the webhook {webhook.Name} of {options.Hostname}, which posts to\n\n    {endpoint}\n\n{text}",
            Id = $"webhook.{Guid.NewGuid():N}",
            Date = time.GetUtcNow(),
        }.ToMessage(SpoolQueues.Root, door: "webhook");
    }

    private static string Outlook(WebhookOptions webhook) => webhook.DisableAfter is { } patience
        ? $"If it goes on like this for {patience.TotalHours.ToString("0.#", CultureInfo.InvariantCulture)} hours, the endpoint is disabled, and you are told once more.\n"
        : "It is tried for as long as it takes.\n";

    private static string Quoted(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
