using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>Something to be sent, while it is written; used again and again by one stream, its buffer only for so long.</summary>
internal sealed class JsonFrame : IDisposable
{
    // Nobody puts it into a web page as it is, and text that is not English has a third of the bytes.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public JsonFrame() => Json = new Utf8JsonWriter(Buffer, s_options);

    public PooledBuffer Buffer { get; } = new();

    public Utf8JsonWriter Json { get; }

    /// <summary>Begins an object behind what is in the buffer.</summary>
    public void Begin()
    {
        Json.Reset();
        Json.WriteStartObject();
    }

    public void End()
    {
        Json.WriteEndObject();
        Json.Flush();
    }

    /// <summary>Gives the buffer back; the next frame rents another.</summary>
    public void Clear() => Buffer.Dispose();

    public void Dispose()
    {
        Json.Dispose();
        Buffer.Dispose();
    }
}
