using Posthorn.Leases;
using Posthorn.Server.Deliver.Endpoints;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>A call that was made.</summary>
/// <param name="Webhook">The webhook.</param>
/// <param name="Record">Where it is remembered.</param>
/// <param name="Leased">The message.</param>
/// <param name="Url">Where to.</param>
/// <param name="Attempt">Which attempt of the message it was, from 1.</param>
/// <param name="Answer">What came of it.</param>
internal sealed record Call(WebhookOptions Webhook, WebhookRecord Record, LeasedMessage Leased, Uri Url, int Attempt, EndpointAnswer Answer)
{
    /// <summary>Whether a failure counts as an attempt of the message.</summary>
    public required bool IsCounted { get; init; }

    /// <summary>Whether the endpoint is no more: the message waits for what becomes of it.</summary>
    public required bool IsGone { get; init; }

    /// <summary>The answer, where somebody wants it.</summary>
    public ReplyBody? Reply { get; init; }

    public string Endpoint => UrlTemplate.EndpointOf(Url);
}
