namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>A webhook as it is asked for: what is null has its default.</summary>
public sealed record WebhookSettings
{
    /// <summary>Its name; null is the queue's, or the topic's.</summary>
    public string? Name { get; init; }

    /// <summary>The queue whose messages are posted. A queue has one webhook; to post to several, publish to a topic.</summary>
    public string? Queue { get; init; }

    /// <summary>The topic whose messages are posted. It gets a queue of its own: <see cref="Queue"/>, or <c>webhook-</c> and its name.</summary>
    public string? Topic { get; init; }

    /// <summary>Where to: an http or https URL. <c>{attribute(name)}</c> in it stands for an attribute of the message.</summary>
    public string? Url { get; init; }

    /// <summary>
    /// What calls are signed with (Standard Webhooks): <c>whsec_</c> and 24 to 75 random bytes in base 64. Several while receivers change from one to
    /// the next. Null makes one for a new webhook and keeps what another has; an empty list signs nothing.
    /// </summary>
    public IReadOnlyList<string>? Secrets { get; init; }

    /// <summary>When a failed call is made again: <c>5s, 5m, 30m, 2h, 5h, 2*10h</c>, which is the default. Past its end a message is a dead letter.</summary>
    public string? Schedule { get; init; }

    /// <summary>How long the endpoint may let wait for its answer; 15 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Most calls at once to one endpoint; 10.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Most calls in a time to one endpoint, <c>1000/min</c>; null is as many as it takes.</summary>
    public string? Rate { get; init; }

    /// <summary>Whether endpoints may be in private networks and on this machine.</summary>
    public bool? AllowPrivate { get; init; }

    /// <summary>The hosts that an attribute in the URL's host may lead to: names, or <c>*.example.com</c>.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>Header fields that every call carries.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The media type of bodies; null looks at each.</summary>
    public string? ContentType { get; init; }

    /// <summary>Where answers go: a queue, or <c>attribute(ReplyTo)</c> for the one that a message names. Null throws them away.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>Largest answer that is taken, in bytes; 64 MB.</summary>
    public long? ReplyBytesMax { get; init; }

    /// <summary>The address that is written to when the endpoint keeps failing.</summary>
    public string? Owner { get; init; }

    /// <summary>After how many failures in a row, without a success between, an endpoint is paused; 10.</summary>
    public int? PauseAfter { get; init; }

    /// <summary>How long a paused endpoint is left alone before it is tried with one message; <c>5s, 15s, 1m, 5m</c>, the last one again and again.</summary>
    public string? Probes { get; init; }

    /// <summary>How long an endpoint may keep failing before it is disabled; 5 days. Zero is for ever.</summary>
    public TimeSpan? DisableAfter { get; init; }

    /// <summary>How long an endpoint has to have failed before its owner is told of its pause; 5 minutes.</summary>
    public TimeSpan? NotifyAfter { get; init; }
}
