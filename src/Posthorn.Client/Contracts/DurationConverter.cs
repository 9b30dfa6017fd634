using System.Text.Json;
using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts;

/// <summary>Durations in JSON are numbers of seconds; read are also texts such as <c>"2h30m"</c> (<see cref="DurationText"/>).</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.GetDouble() is >= 0 and < 1e11 and var seconds => TimeSpan.FromSeconds(seconds),
        JsonTokenType.String when DurationText.TryParse(reader.GetString(), out var duration) => duration,
        _ => throw new JsonException("A duration is a number of seconds, zero or more, or a text such as \"2h30m\"."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
}
