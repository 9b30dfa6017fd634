using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Posthorn.Embedded;

/// <summary>A message whose body is a <typeparamref name="T"/> as JSON, and the right to it.</summary>
public sealed class ReceivedMessage<T> : ReceivedMessage
{
    private readonly Func<T> _read;
    private Tuple<T>? _value;

    private ReceivedMessage(ReceivedMessage message, Func<T> read)
        : base(message) => _read = read;

    /// <summary>What the sender sent; always the same object.</summary>
    /// <exception cref="JsonException">The body is not the JSON of a <typeparamref name="T"/>.</exception>
    /// <exception cref="Engine.BodyLostException">The body could not be read.</exception>
    public T Value => (Volatile.Read(ref _value) ?? Interlocked.CompareExchange(ref _value, Tuple.Create(_read()), comparand: null) ?? _value).Item1;

    /// <summary>Reads the body now; what is wrong with it is told by <see cref="Value"/>, where a handler fails by it, not the loop that hands messages out.</summary>
    internal static async ValueTask<ReceivedMessage<T>> ReadAsync(ReceivedMessage message, JsonTypeInfo<T> type)
    {
        try
        {
            var bytes = await message.ReadBytesAsync(CancellationToken.None);
            return new ReceivedMessage<T>(message, () => JsonSerializer.Deserialize(bytes.Span, type) ?? throw new JsonException("The body is the JSON value null."));
        }
        catch (IOException e)
        {
            var failure = ExceptionDispatchInfo.Capture(e);
            return new ReceivedMessage<T>(message, () =>
            {
                failure.Throw();
                return default!;
            });
        }
    }
}
