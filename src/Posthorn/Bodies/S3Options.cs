using System.Globalization;

namespace Posthorn.Bodies;

/// <summary>Which bucket, where, and how it is spoken to. What is null comes from where the AWS SDK looks: environment, profiles, the machine's role.</summary>
public sealed record S3Options
{
    /// <summary>The bucket. It must exist.</summary>
    public required string Bucket { get; init; }

    /// <summary>What the names of all objects begin with; "" or ends with a slash.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The address of a service that is not AWS's own (MinIO, Ceph, Garage, R2); null is AWS.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region; null is the SDK's, and <c>us-east-1</c> for an endpoint of its own.</summary>
    public string? Region { get; init; }

    /// <summary>Whether the bucket is in the path of an address (<c>http://host/bucket/…</c>) rather than in the host's name. Most services that are not AWS's need it.</summary>
    public bool IsPathStyle { get; init; }

    /// <summary>The access key; null looks where the SDK looks.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret key that belongs to it.</summary>
    public string? SecretKey { get; init; }

    /// <summary>A profile of the shared credentials file; null is the default one.</summary>
    public string? Profile { get; init; }

    /// <summary>How long one request may take, a part of 8 MiB included: more than zero.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a failed request is repeated, with growing pauses, before the caller is told: 0 or more.</summary>
    public int RetriesMax { get; init; } = 3;

    /// <summary>
    /// Reads an address: <c>s3://bucket/prefix?endpoint=http://127.0.0.1:9000&amp;region=eu-central-1&amp;path-style=true&amp;access-key=…&amp;secret-key=…&amp;profile=…&amp;timeout=60&amp;retries=3</c>.
    /// With an endpoint the path style is the default.
    /// </summary>
    /// <exception cref="FormatException">It cannot be read; the message says what is wrong and how it is written.</exception>
    public static S3Options Parse(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "s3" || uri.Host.Length == 0)
            throw new FormatException("the address of a bucket is written s3://bucket/prefix?endpoint=http://host:port&region=name");
        var prefix = Uri.UnescapeDataString(uri.AbsolutePath).Trim('/');
        // The bucket as it was written: a URI's host is made lower-case.
        var options = new S3Options { Bucket = address[5..].Split('/', '?')[0], Prefix = prefix.Length == 0 ? "" : prefix + "/" };
        var isPathStyle = (bool?)null;
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : throw new FormatException($"'{pair}' of the address has no value; write {pair}=…");
            switch (key)
            {
                case "path-style":
                    isPathStyle = value switch { "true" => true, "false" => false, _ => throw new FormatException($"path-style={value} is neither true nor false") };
                    break;
                default:
                    options = options.With(key, value);
                    break;
            }
        }
        if ((options.AccessKey is null) != (options.SecretKey is null))
            throw new FormatException("access-key and secret-key belong together: write both, or none to have them from the environment");
        return options with { IsPathStyle = isPathStyle ?? options.Endpoint is not null };
    }

    private S3Options With(string key, string value) => key switch
    {
        "endpoint" => this with
        {
            Endpoint = Uri.TryCreate(value, UriKind.Absolute, out var endpoint) && (endpoint.Scheme is "http" or "https") ? endpoint : throw new FormatException($"endpoint={value} is no address; write http://host:port"),
        },
        "region" => this with { Region = value },
        "access-key" => this with { AccessKey = value },
        "secret-key" => this with { SecretKey = value },
        "profile" => this with { Profile = value },
        "timeout" => this with { Timeout = TimeSpan.FromSeconds(Number(key, value, 1, 3_600)) },
        "retries" => this with { RetriesMax = Number(key, value, 0, 20) },
        _ => throw new FormatException($"'{key}' is nothing that an s3:// address has; there are endpoint, region, path-style, access-key, secret-key, profile, timeout and retries"),
    };

    private static int Number(string key, string value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number : throw new FormatException($"{key}={value} is no number from {min} to {max}");
}
