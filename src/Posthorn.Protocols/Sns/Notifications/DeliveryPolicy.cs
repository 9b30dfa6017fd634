using System.Globalization;
using System.Text.Json;

namespace Posthorn.Protocols.Sns.Notifications;

/// <summary>How often and after which pauses an endpoint is tried again: at once, after the least pause, after growing ones, after the longest.</summary>
public sealed record DeliveryPolicy
{
    /// <summary>The content type of what is posted.</summary>
    public const string DefaultContentType = "text/plain; charset=UTF-8";

    private static readonly string[] s_backoffs = ["linear", "arithmetic", "geometric", "exponential"];

    /// <summary>What is used when nothing else is said: three retries, 20 seconds apart.</summary>
    public static DeliveryPolicy Default { get; } = new();

    /// <summary>Shortest pause, in seconds: 1 to 3600.</summary>
    public int DelayMin { get; init; } = 20;

    /// <summary>Longest pause, in seconds: <see cref="DelayMin"/> to 3600.</summary>
    public int DelayMax { get; init; } = 20;

    /// <summary>Retries in all: 0 to 100.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>How many of them follow at once.</summary>
    public int RetriesAtOnce { get; init; }

    /// <summary>How many after the shortest pause.</summary>
    public int RetriesAtMin { get; init; }

    /// <summary>How many, the last ones, after the longest.</summary>
    public int RetriesAtMax { get; init; }

    /// <summary>How pauses grow in between: linear, arithmetic, geometric or exponential.</summary>
    public string Backoff { get; init; } = "linear";

    /// <summary>Most deliveries a second; null is no limit.</summary>
    public int? RatePerSecondMax { get; init; }

    /// <summary>The content type of what is posted.</summary>
    public string ContentType { get; init; } = DefaultContentType;

    /// <summary>Reads the policy of a topic (what stands under <c>http</c>) or of a subscription.</summary>
    /// <param name="json">The policy.</param>
    /// <param name="isTopic">Whether it is a topic's.</param>
    /// <exception cref="FormatException">It is none, or a value is out of its range.</exception>
    public static DeliveryPolicy Parse(string json, bool isTopic)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (isTopic && root.ValueKind == JsonValueKind.Object && root.TryGetProperty("http", out var http))
                root = http;
            if (root.ValueKind != JsonValueKind.Object)
                throw new FormatException("it is no JSON object");
            var retry = Section(root, isTopic ? "defaultHealthyRetryPolicy" : "healthyRetryPolicy");
            var throttle = Section(root, isTopic ? "defaultThrottlePolicy" : "throttlePolicy");
            var request = Section(root, isTopic ? "defaultRequestPolicy" : "requestPolicy");
            var policy = new DeliveryPolicy
            {
                DelayMin = Number(retry, "minDelayTarget", 20, 1, 3_600),
                DelayMax = Number(retry, "maxDelayTarget", 20, 1, 3_600),
                Retries = Number(retry, "numRetries", 3, 0, 100),
                RetriesAtOnce = Number(retry, "numNoDelayRetries", 0, 0, 100),
                RetriesAtMin = Number(retry, "numMinDelayRetries", 0, 0, 100),
                RetriesAtMax = Number(retry, "numMaxDelayRetries", 0, 0, 100),
                Backoff = Text(retry, "backoffFunction") ?? "linear",
                RatePerSecondMax = throttle is { } t && t.TryGetProperty("maxReceivesPerSecond", out _) ? Number(throttle, "maxReceivesPerSecond", 1, 1, 100_000) : null,
                ContentType = Text(request, "headerContentType") ?? DefaultContentType,
            };
            policy.Check();
            return policy;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("it is no JSON object", e);
        }
    }

    /// <summary>The pause in front of a retry; null when there is none any more.</summary>
    /// <param name="retry">1 is the first.</param>
    public TimeSpan? Delay(int retry)
    {
        if (retry > Retries)
            return null;
        if (retry <= RetriesAtOnce)
            return TimeSpan.Zero;
        if (retry <= RetriesAtOnce + RetriesAtMin)
            return TimeSpan.FromSeconds(DelayMin);
        var growing = Retries - RetriesAtOnce - RetriesAtMin - RetriesAtMax;
        var at = retry - RetriesAtOnce - RetriesAtMin;
        return TimeSpan.FromSeconds(at > growing ? DelayMax : Grown(at, growing));
    }

    private double Grown(int at, int of)
    {
        var share = of <= 1 ? 0 : (at - 1) / (double)(of - 1);
        return Math.Min(DelayMax, Backoff switch
        {
            "exponential" => DelayMin * Math.Pow(2, at - 1),
            "geometric" => DelayMin * Math.Pow((double)DelayMax / DelayMin, share),
            "arithmetic" => DelayMin + ((DelayMax - DelayMin) * share * share),
            _ => DelayMin + ((DelayMax - DelayMin) * share),
        });
    }

    private void Check()
    {
        if (DelayMax < DelayMin)
            throw new FormatException("maxDelayTarget must not be less than minDelayTarget");
        if (RetriesAtOnce + RetriesAtMin + RetriesAtMax > Retries)
            throw new FormatException("numRetries must be at least the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries");
        if (!s_backoffs.Contains(Backoff))
            throw new FormatException($"backoffFunction must be one of {string.Join(", ", s_backoffs)}");
        if (ContentType.Length > 200 || !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(ContentType, out _))
            throw new FormatException("headerContentType is no media type");
    }

    private static JsonElement? Section(JsonElement root, string name) => root.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object ? section : null;

    private static string? Text(JsonElement? section, string name) => section is { } s && s.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static int Number(JsonElement? section, string name, int byDefault, int min, int max)
    {
        if (section is not { } s || !s.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return byDefault;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} must be an integer between {min} and {max}"));
    }
}
