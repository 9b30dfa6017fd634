using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Rows;

/// <summary>A policy as its column has it.</summary>
internal static class PolicyJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new QueueNameConverter(), new FairnessConverter() },
    };

    public static string Write(QueuePolicy policy) => JsonSerializer.Serialize(policy, Options);

    public static QueuePolicy Read(string json) =>
        JsonSerializer.Deserialize<QueuePolicy>(json, Options) ?? throw new JsonException("A queue's policy is null.");

    private sealed class QueueNameConverter : JsonConverter<QueueName>
    {
        public override QueueName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => QueueName.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, QueueName value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }

    private sealed class FairnessConverter : JsonConverter<QueueFairness>
    {
        public override QueueFairness Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            QueueFairness.TryParse(reader.GetString(), out var fairness) ? fairness : throw new JsonException("A queue's fairness cannot be read.");

        public override void Write(Utf8JsonWriter writer, QueueFairness value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
