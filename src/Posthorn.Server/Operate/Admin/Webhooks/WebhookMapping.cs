using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Server.Deliver.Webhooks;

namespace Posthorn.Server.Operate.Admin.Webhooks;

/// <summary>Webhooks between the server's words and the API's.</summary>
internal static class WebhookMapping
{
    private const string Mask = "********";
    private const int EndpointsMax = 100;

    /// <summary>How a webhook is set, with all defaults; what is secret is masked.</summary>
    public static WebhookSettings ToSettings(this WebhookOptions webhook) => new()
    {
        Name = webhook.Name,
        Queue = webhook.Queue,
        Topic = webhook.Topic,
        Url = webhook.Url.Shown,
        Secrets = [.. webhook.Secrets.Select(s => s.ToString())],
        Schedule = webhook.Schedule.Text,
        Timeout = webhook.Timeout,
        Concurrency = webhook.Concurrency,
        Rate = webhook.Rate?.ToString(),
        AllowPrivate = webhook.AllowsPrivate,
        Hosts = webhook.Hosts.Count > 0 ? webhook.Hosts : null,
        Headers = webhook.Headers.Count > 0 ? webhook.Headers.ToDictionary(h => h.Key, _ => Mask, StringComparer.Ordinal) : null,
        ContentType = webhook.ContentType,
        ReplyTo = webhook.ReplyTo?.Text,
        ReplyBytesMax = webhook.ReplyTo is null ? null : webhook.ReplyBytesMax,
        Owner = webhook.Owner,
        PauseAfter = webhook.PauseAfter,
        Probes = webhook.Probes.Text,
        DisableAfter = webhook.DisableAfter ?? TimeSpan.Zero,
        NotifyAfter = webhook.NotifyAfter,
    };

    public static WebhookLaneInfo ToContract(this LaneStatus lane, DateTimeOffset now)
    {
        var isResting = lane.RestUntil > now;
        var state = lane.State.IsDisabled ? WebhookState.Disabled
            : lane.State.PausedUntil is not null ? WebhookState.Failing
            : isResting ? WebhookState.Resting : WebhookState.Active;
        return new WebhookLaneInfo
        {
            Endpoint = lane.Endpoint,
            State = state,
            Until = state == WebhookState.Failing ? Later(lane.State.PausedUntil!.Value, lane.RestUntil) : state == WebhookState.Resting ? lane.RestUntil.ToUniversalTime() : null,
            FailingSince = lane.State.FailingSince?.ToUniversalTime(),
            Reason = state == WebhookState.Resting ? "it asked to be left alone" : state == WebhookState.Active && lane.State.FailingSince is null ? null : lane.State.Reason,
            InFlight = lane.InFlight,
        };
    }

    /// <summary>The endpoints worth showing.</summary>
    public static IReadOnlyList<WebhookLaneInfo> Shown(this IReadOnlyList<WebhookLaneInfo> lanes) => lanes.Count <= EndpointsMax
        ? lanes : [.. lanes.Where(l => l.State != WebhookState.Active || l.InFlight > 0 || l.FailingSince is not null).Take(EndpointsMax)];

    /// <summary>The one whose state is the webhook's: the worst.</summary>
    public static WebhookLaneInfo? Worst(this IReadOnlyList<WebhookLaneInfo> lanes) => lanes.MaxBy(l => l.State switch
    {
        WebhookState.Disabled => 3,
        WebhookState.Failing => 2,
        WebhookState.Resting => 1,
        _ => 0,
    });

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => (one > other ? one : other).ToUniversalTime();
}
