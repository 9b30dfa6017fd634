using Posthorn.Protocols.Schedules;
using Posthorn.Protocols.Webhooks;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Rates;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>A queue, or a topic, whose messages are posted to a URL.</summary>
public sealed record WebhookOptions
{
    /// <summary>When a call is made again. Svix's schedule, which is that of the specification's example cut after 27 hours.</summary>
    public static RetrySchedule StandardSchedule { get; } = RetrySchedule.Parse("5s, 5m, 30m, 2h, 5h, 2*10h");

    /// <summary>When a paused endpoint is tried.</summary>
    public static RetrySchedule StandardProbes { get; } = RetrySchedule.Parse("5s, 15s, 1m, 5m");

    /// <summary>Names it in commands, metrics and logs.</summary>
    public required string Name { get; init; }

    /// <summary>The queue; of a topic's webhook the one that is subscribed to it.</summary>
    public required QueueName Queue { get; init; }

    /// <summary>The topic's name, whatever its region; null when it is about a queue.</summary>
    public string? Topic { get; init; }

    /// <summary>Where to.</summary>
    public required UrlTemplate Url { get; init; }

    /// <summary>Sign each call (Standard Webhooks); none calls unsigned.</summary>
    public IReadOnlyList<WebhookSecret> Secrets { get; init; } = [];

    public RetrySchedule Schedule { get; init; } = StandardSchedule;

    /// <summary>The largest part of a delay that is added by chance, so that what failed together does not come back together: 0 to 1.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>How long an endpoint may let wait; 1 s to 1 h. 15 s is Amazon's and Svix's.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Most calls at once to one endpoint: 1 to 1,000.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Most calls in a time to one endpoint; null is no limit.</summary>
    public DeliveryRate? Rate { get; init; }

    /// <summary>Whether it may connect to this machine and to private networks.</summary>
    public bool AllowsPrivate { get; init; }

    /// <summary>The hosts an attribute may lead to.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Header fields of every call.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The media type of bodies; null looks at each.</summary>
    public string? ContentType { get; init; }

    /// <summary>Where answers go; null throws them away.</summary>
    public ReplyTarget? ReplyTo { get; init; }

    /// <summary>Largest answer taken, in bytes.</summary>
    public long ReplyBytesMax { get; init; } = 64_000_000;

    /// <summary>Who is written to when an endpoint keeps failing; null is nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Failures in a row after which an endpoint is paused; 1 or more.</summary>
    public int PauseAfter { get; init; } = 10;

    public RetrySchedule Probes { get; init; } = StandardProbes;

    /// <summary>
    /// How long an endpoint may keep failing before it is disabled, counted from when that is certain: three failures over a tenth of the time within a
    /// fifth of it. 5 days make that 12 and 24 hours, Svix's rule. Null is for ever.
    /// </summary>
    public TimeSpan? DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How long an endpoint has to have failed before its owner hears of it; a disabled one is told at once.</summary>
    public TimeSpan NotifyAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether it stands in the configuration file.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>Attempts a message gets: the first one and one for each delay of the schedule.</summary>
    public long AttemptsMax => 1 + Schedule.Attempts;

    /// <summary>How long a message is leased at a time; what takes longer renews it.</summary>
    public TimeSpan LeaseTime => Timeout + TimeSpan.FromSeconds(45);
}
