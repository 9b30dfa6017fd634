using System.Globalization;
using System.Text.Json;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Redrive;

/// <summary>Where messages go that were received too often: <c>{"deadLetterTargetArn":"…","maxReceiveCount":5}</c>.</summary>
/// <param name="Target">The dead-letter queue's ARN.</param>
/// <param name="ReceivesMax">1 to 1000.</param>
/// <param name="IsCountText">Whether the count was given as a text: it is told as it was given.</param>
public sealed record RedrivePolicy(QueueArn Target, int ReceivesMax, bool IsCountText)
{
    /// <summary>Reads a policy.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static RedrivePolicy Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw Bad(json, "Redrive policy is not a valid JSON map.");
            if (!root.TryGetProperty("maxReceiveCount", out var count))
                throw Bad(json, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
            if (!root.TryGetProperty("deadLetterTargetArn", out var target))
                throw Bad(json, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
            if (target.ValueKind != JsonValueKind.String || !QueueArn.TryParse(target.GetString(), out var arn))
                throw Bad(json, "Invalid value for deadLetterTargetArn.");
            return new RedrivePolicy(arn, CountOf(json, count), count.ValueKind == JsonValueKind.String);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad(json, "Redrive policy is not a valid JSON map.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{{\"deadLetterTargetArn\":\"{Target}\",\"maxReceiveCount\":{(IsCountText ? $"\"{ReceivesMax}\"" : ReceivesMax.ToString(CultureInfo.InvariantCulture))}}}";

    private static int CountOf(string json, JsonElement count)
    {
        var text = count.ValueKind is JsonValueKind.String or JsonValueKind.Number ? count.ToString() : null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1_000
            ? number
            : throw Bad(json, $"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.");
    }

    private static AwsException Bad(string json, string reason) => SqsErrors.Invalid("RedrivePolicy", json, reason);
}
