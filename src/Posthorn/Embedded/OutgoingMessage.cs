using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Posthorn.Embedded;

/// <summary>One message of a batch.</summary>
/// <param name="Body">Its bytes; not copied: they must not change until the send has completed.</param>
/// <param name="Options">What is said of it; null is nothing special.</param>
public sealed record OutgoingMessage(ReadOnlyMemory<byte> Body, MessageOptions? Options = null)
{
    /// <summary>A message whose body is a value as UTF-8 JSON.</summary>
    public static OutgoingMessage Of<T>(T value, JsonTypeInfo<T> type, MessageOptions? options = null) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type), options);
}
