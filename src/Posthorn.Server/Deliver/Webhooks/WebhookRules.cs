using System.Buffers;
using System.Net.Http.Headers;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Protocols.Schedules;
using Posthorn.Protocols.Webhooks;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Rates;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What a webhook may be, whether it comes from the configuration or over the API. Every fault is told, by the key in the configuration.</summary>
internal sealed class WebhookRules(WebhookSettings settings, Action<string, string> refuse)
{
    public const int NameLengthMax = 100;
    private const int ConcurrencyMax = 1_000;
    private const int HeadersMax = 50;
    private const int SecretsMax = 10;

    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_century = TimeSpan.FromDays(36_500);

    private static readonly SearchValues<char> s_tokenChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // Ours, or such as decide how the request is framed.
    private static readonly HashSet<string> s_reservedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "TE", "Trailer",
        WebhookHeader.Id, WebhookHeader.Timestamp, WebhookHeader.Signature,
    };

    private bool _isRefused;

    /// <summary>The webhook; null when something was refused.</summary>
    /// <param name="isConfigured">Whether it stands in the configuration file: who writes a private address there allows it.</param>
    public WebhookOptions? Build(bool isConfigured)
    {
        var queue = Queue();
        var name = Name(queue);
        var url = Url();
        var webhook = url is null ? null : new WebhookOptions
        {
            Name = name,
            Queue = queue,
            Topic = settings.Topic,
            Url = url,
            Secrets = Secrets(),
            Schedule = Schedule("schedule", settings.Schedule) ?? WebhookOptions.StandardSchedule,
            Timeout = Within("timeout", settings.Timeout, TimeSpan.FromSeconds(1), s_timeoutMax) ?? TimeSpan.FromSeconds(15),
            Concurrency = Within("concurrency", settings.Concurrency, ConcurrencyMax) ?? 10,
            Rate = Rate(),
            AllowsPrivate = settings.AllowPrivate ?? (isConfigured && url.IsPrivate),
            Hosts = settings.Hosts ?? [],
            Headers = Headers(),
            ContentType = ContentType(),
            ReplyTo = ReplyTo(),
            Owner = Owner(),
            PauseAfter = Within("pause-after", settings.PauseAfter, int.MaxValue) ?? 10,
            Probes = Schedule("probes", settings.Probes) ?? WebhookOptions.StandardProbes,
            IsConfigured = isConfigured,
        };
        if (webhook is null)
            return null;
        if (settings.ReplyBytesMax is { } bytes)
            webhook = bytes > 0 ? webhook with { ReplyBytesMax = bytes } : Refused("reply-max", "is at least 1 byte", webhook);
        if (Within("disable-after", settings.DisableAfter, TimeSpan.Zero, s_century) is { } disableAfter)
            webhook = webhook with { DisableAfter = disableAfter > TimeSpan.Zero ? disableAfter : null };
        if (Within("notify-after", settings.NotifyAfter, TimeSpan.Zero, s_century) is { } notifyAfter)
            webhook = webhook with { NotifyAfter = notifyAfter };
        return _isRefused ? null : webhook;
    }

    private QueueName Queue()
    {
        if (settings is { Queue: null, Topic: null })
            return Refused<QueueName>("queue", "is missing: name the queue, or the topic, whose messages are to be posted", default);
        if (settings.Topic is { } topic && !Posthorn.Protocols.Sns.TopicArn.IsName(topic))
            Refused("topic", $"'{topic}' is no topic's name: letters, digits, hyphens and underscores", default(QueueName));
        // A FIFO topic's own name would make a queue that looks like a FIFO one and is none.
        var text = settings.Queue ?? "webhook-" + (settings.Name ?? settings.Topic!.Replace(".fifo", "", StringComparison.Ordinal));
        if (!QueueName.TryParse(text, out var queue, out var reason))
            return Refused<QueueName>("queue", reason, default);
        if (queue.IsBelow(SpoolQueues.Prefix))
            return Refused("queue", $"queues below '{SpoolQueues.Prefix}/' belong to the mail path", queue);
        return settings.Topic is not null && text.Contains(':', StringComparison.Ordinal) ? Refused("queue", "a queue that a topic delivers to has no ':' in its name", queue) : queue;
    }

    private string Name(QueueName queue)
    {
        var name = settings.Name ?? settings.Topic ?? queue.Value;
        if (!_isRefused && (name.Length > NameLengthMax || !QueueName.TryParse(name, out _, out _)))
            Refused("name", $"a webhook's name has 1 to {NameLengthMax} characters, no control characters, and no white space at either end", name);
        return name;
    }

    private UrlTemplate? Url()
    {
        if (settings.Url is not { } text)
            return Refused<UrlTemplate?>("url", "is missing and must be given", null);
        var hosts = settings.Hosts ?? [];
        foreach (var host in hosts.Where(h => !UrlTemplate.IsHostPattern(h)))
            Refused("hosts", $"'{host}' is no host; write a name, or *.example.com for those below", host);
        if (!UrlTemplate.TryParse(text, hosts, out var url, out var reason))
            return Refused<UrlTemplate?>("url", reason, null);
        if (hosts.Count > 0 && !url.HasHostPlace)
            Refused("hosts", "is for a URL with an attribute in its host, and this one has none", url);
        return url;
    }

    private IReadOnlyList<WebhookSecret> Secrets()
    {
        var secrets = new List<WebhookSecret>();
        foreach (var text in settings.Secrets ?? [])
        {
            if (WebhookSecret.TryParse(text, out var secret, out var reason))
                secrets.Add(secret);
            else
                Refused("secret", reason, text);
        }
        return secrets.Count <= SecretsMax ? secrets : Refused("secret", $"at most {SecretsMax} secrets", secrets);
    }

    private RetrySchedule? Schedule(string key, string? text)
    {
        if (text is null)
            return null;
        if (!RetrySchedule.TryParse(text, out var schedule, out var reason))
            return Refused<RetrySchedule?>(key, reason, null);
        return schedule.Attempts > 0 ? schedule : Refused<RetrySchedule?>(key, "has no attempts", null);
    }

    private DeliveryRate? Rate() =>
        settings.Rate is not { } text ? null : DeliveryRate.TryParse(text, out var rate, out var reason) ? rate : Refused<DeliveryRate?>("rate", reason, null);

    private IReadOnlyDictionary<string, string> Headers()
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in settings.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (!IsToken(name) || s_reservedHeaders.Contains(name) || name.StartsWith(PostedHeaders.Prefix, StringComparison.OrdinalIgnoreCase))
                Refused("headers", $"'{name}' is no field that can be set; those that make the request what it is, webhook-… and {PostedHeaders.Prefix}… are not", name);
            else if (!IsFieldValue(value))
                Refused("headers", $"the value of '{name}' has characters that a header field cannot have", name);
            else
                headers[name] = value;
        }
        return headers.Count <= HeadersMax ? headers : Refused("headers", $"at most {HeadersMax} fields", headers);
    }

    private string? ContentType() => settings.ContentType is not { } text || MediaTypeHeaderValue.TryParse(text, out _)
        ? settings.ContentType : Refused<string?>("content-type", $"'{text}' is no media type, like application/json", null);

    private ReplyTarget? ReplyTo() =>
        settings.ReplyTo is not { } text ? null : ReplyTarget.TryParse(text, out var target, out var reason) ? target : Refused<ReplyTarget?>("reply-to", reason, null);

    private string? Owner()
    {
        var isAddress = settings.Owner is null || (settings.Owner.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < settings.Owner.Length - 1
            && settings.Owner.Length <= 254 && !settings.Owner.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ','));
        return isAddress ? settings.Owner : Refused<string?>("owner", $"'{settings.Owner}' is no address, like ops@example.com", null);
    }

    /// <summary>Whether a text is the name of a header field (RFC 9110 5.1).</summary>
    public static bool IsToken(string text) => text.Length is > 0 and <= 256 && !text.AsSpan().ContainsAnyExcept(s_tokenChars);

    /// <summary>Whether a text can stand in a header field for any receiver: visible ASCII and blanks (RFC 9110 5.5).</summary>
    public static bool IsFieldValue(string text) => text.All(c => c is >= ' ' and <= '~' or '\t');

    private int? Within(string key, int? value, int max) => value is null or >= 1 && !(value > max) ? value : Refused<int?>(key, $"{value} is out of bounds; from 1 to {max}", null);

    private TimeSpan? Within(string key, TimeSpan? value, TimeSpan min, TimeSpan max) =>
        value is null || (value >= min && value <= max) ? value : Refused<TimeSpan?>(key, $"is out of bounds; from {min.TotalSeconds}s to {max.TotalSeconds}s", null);

    private T Refused<T>(string key, string reason, T instead)
    {
        _isRefused = true;
        refuse(key, reason);
        return instead;
    }
}
