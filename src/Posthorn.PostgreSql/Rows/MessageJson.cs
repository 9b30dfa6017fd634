using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.PostgreSql.Rows;

/// <summary>Envelope, attributes and flags as their jsonb columns have them: readable by SQL, and everything comes back as it went in.</summary>
/// <remarks>jsonb holds no NUL; texts with one, or that are no Unicode, are written as the base 64 of their bytes.</remarks>
internal static class MessageJson
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null for an envelope that says nothing.</summary>
    public static string? Write(Envelope envelope) => envelope is { Sender: null, Recipients.Count: 0, EnvelopeId: null, Return: DsnReturn.Default } ? null : Text(json =>
    {
        json.WriteStartObject();
        Write(json, "sender", envelope.Sender);
        Write(json, "envelopeId", envelope.EnvelopeId);
        if (envelope.Return != DsnReturn.Default)
            json.WriteNumber("return", (int)envelope.Return);
        json.WriteStartArray("recipients");
        foreach (var recipient in envelope.Recipients)
        {
            json.WriteStartObject();
            Write(json, "address", recipient.Address);
            if (recipient.Notify != DsnNotify.Default)
                json.WriteNumber("notify", (int)recipient.Notify);
            Write(json, "originalRecipient", recipient.OriginalRecipient);
            if (recipient.Headers.Count > 0)
                Write(json, "headers", recipient.Headers);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Null for none.</summary>
    public static string? Write(IReadOnlyDictionary<string, AttributeValue> attributes) => attributes.Count == 0 ? null : Text(json =>
    {
        json.WriteStartObject();
        foreach (var (name, value) in attributes)
        {
            json.WriteStartObject(name);
            if (value.IsText && IsStorable(value.Bytes.Span))
                json.WriteString("text", value.Bytes.Span);
            else
                json.WriteBase64String(value.IsText ? "textBytes" : "bytes", value.Bytes.Span);
            if (value.Type is not null)
                json.WriteString("type", value.Type);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    });

    /// <summary>Null for none.</summary>
    public static string? Write(IReadOnlyList<string> flags) => flags.Count == 0 ? null : Text(json => WriteList(json, flags));

    public static Envelope ReadEnvelope(string? text)
    {
        if (text is null)
            return Envelope.None;
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        var recipients = new List<Recipient>();
        foreach (var one in root.GetProperty("recipients").EnumerateArray())
        {
            recipients.Add(new Recipient(ReadText(one, "address")!)
            {
                Notify = (DsnNotify)ReadNumber(one, "notify"),
                OriginalRecipient = ReadText(one, "originalRecipient"),
                Headers = one.TryGetProperty("headers", out var headers) ? ReadList(headers) : [],
            });
        }
        return new Envelope(ReadText(root, "sender"), recipients)
        {
            EnvelopeId = ReadText(root, "envelopeId"),
            Return = (DsnReturn)ReadNumber(root, "return"),
        };
    }

    public static IReadOnlyDictionary<string, AttributeValue> ReadAttributes(string? text)
    {
        if (text is null)
            return MessageData.NoAttributes;
        using var document = JsonDocument.Parse(text);
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var one in document.RootElement.EnumerateObject())
        {
            var type = one.Value.TryGetProperty("type", out var named) ? named.GetString() : null;
            attributes[one.Name] = one.Value.TryGetProperty("text", out var value) ? AttributeValue.Of(value.GetString()!, type)
                : one.Value.TryGetProperty("textBytes", out value) ? AttributeValue.Of(value.GetBytesFromBase64(), type, isText: true)
                : AttributeValue.Of(one.Value.GetProperty("bytes").GetBytesFromBase64(), type, isText: false);
        }
        return attributes;
    }

    public static IReadOnlyList<string> ReadFlags(string? text)
    {
        if (text is null)
            return [];
        using var document = JsonDocument.Parse(text);
        return ReadList(document.RootElement);
    }

    /// <summary>A text column's text: PostgreSQL has no NUL and no half of a surrogate pair; they become replacement characters.</summary>
    public static string? Storable(string? text) =>
        text is null || CommitLimits.IsStorable(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    private static bool IsStorable(ReadOnlySpan<byte> utf8) => !utf8.Contains((byte)0) && Utf8.IsValid(utf8);

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string name, string? text)
    {
        if (text is null)
            return;
        if (CommitLimits.IsStorable(text))
            json.WriteString(name, text);
        else
            json.WriteBase64String(name + "Utf16", Encoding.Unicode.GetBytes(text));
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WritePropertyName(name);
        WriteList(json, texts);
    }

    private static void WriteList(Utf8JsonWriter json, IReadOnlyList<string> texts)
    {
        json.WriteStartArray();
        foreach (var text in texts)
        {
            if (CommitLimits.IsStorable(text))
            {
                json.WriteStringValue(text);
                continue;
            }
            json.WriteStartObject();
            json.WriteBase64String("utf16", Encoding.Unicode.GetBytes(text));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static List<string> ReadList(JsonElement array) =>
        [.. array.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : Encoding.Unicode.GetString(e.GetProperty("utf16").GetBytesFromBase64()))];

    private static string? ReadText(JsonElement of, string name) =>
        of.TryGetProperty(name, out var text) ? text.GetString()
        : of.TryGetProperty(name + "Utf16", out text) ? Encoding.Unicode.GetString(text.GetBytesFromBase64())
        : null;

    private static int ReadNumber(JsonElement of, string name) => of.TryGetProperty(name, out var number) ? number.GetInt32() : 0;
}
