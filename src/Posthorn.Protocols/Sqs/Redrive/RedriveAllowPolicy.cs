using System.Text.Json;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Redrive;

/// <summary>Which queues may send their dead letters to a queue: <c>{"redrivePermission":"byQueue","sourceQueueArns":["…"]}</c>.</summary>
public sealed record RedriveAllowPolicy
{
    private const int SourcesMax = 10;

    private RedriveAllowPolicy(string permission, IReadOnlyList<string> sources) => (Permission, Sources) = (permission, sources);

    /// <summary><c>allowAll</c>, <c>denyAll</c> or <c>byQueue</c>.</summary>
    public string Permission { get; }

    /// <summary>The ARNs of those that may, up to ten; only with <c>byQueue</c>.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>Whether a queue may.</summary>
    public bool Allows(QueueArn source) => Permission == "allowAll" || (Permission == "byQueue" && Sources.Any(s => QueueArn.TryParse(s, out var arn) && arn.Name == source.Name));

    /// <summary>Reads a policy.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static RedriveAllowPolicy Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("redrivePermission", out var given))
                throw Bad(json, "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.");
            var permission = given.GetString();
            if (permission is not ("allowAll" or "denyAll" or "byQueue"))
                throw Bad(json, "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.");
            var sources = root.TryGetProperty("sourceQueueArns", out var arns) ? arns.EnumerateArray().Select(a => a.GetString() ?? "").ToList() : null;
            if (permission != "byQueue" && sources is not null)
                throw Bad(json, "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify a sourceQueueArns list, and with no other.");
            if (permission == "byQueue" && sources is not { Count: > 0 and <= SourcesMax })
                throw Bad(json, "Amazon SQS can't create the redrive allow policy. Specify 1 to 10 source queue ARNs.");
            if (sources?.Exists(s => !QueueArn.TryParse(s, out _)) == true)
                throw Bad(json, "Invalid value for sourceQueueArns.");
            return new RedriveAllowPolicy(permission, sources ?? []);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad(json, "Redrive allow policy is not a valid JSON map.");
        }
    }

    private static AwsException Bad(string json, string reason) => SqsErrors.Invalid("RedriveAllowPolicy", json, reason);
}
