using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>An event as a line of JSON, so that the files can be read with any tool.</summary>
internal sealed class TimelineLine : IDisposable
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText[] s_kindNames = Enum.GetValues<TimelineKind>().Select(k => JsonEncodedText.Encode(NameOf(k))).ToArray();

    private static readonly Dictionary<string, TimelineKind> s_kinds = Enum.GetValues<TimelineKind>().ToDictionary(NameOf, StringComparer.Ordinal);

    private readonly Utf8JsonWriter _json = new(Stream.Null, s_options);

    /// <summary>The word for a kind, in files, in <c>/v1</c> and for people: <c>accepted</c>, <c>dead-lettered</c>.</summary>
    public static string NameOf(TimelineKind kind) => kind == TimelineKind.DeadLettered ? "dead-lettered" : kind.ToString().ToLowerInvariant();

    /// <summary>Writes one line with its line end. The instance is reused: one writer at a time.</summary>
    public void Write(DateTimeOffset at, TimelineEvent happened, IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("at"u8, at);
        _json.WriteString("kind"u8, s_kindNames[(int)happened.Kind]);
        _json.WriteString("message"u8, happened.Message.ToString());
        if (happened.Origin != happened.Message)
            _json.WriteString("origin"u8, happened.Origin.ToString());
        WriteText("queue"u8, happened.Queue);
        WriteText("detail"u8, happened.Detail);
        WriteText("peer"u8, happened.Peer);
        WriteText("node"u8, happened.Node);
        WriteText("message-id"u8, happened.MessageIdField);
        WriteText("sender"u8, happened.Sender);
        if (happened.Recipients.Count > 0)
        {
            _json.WriteStartArray("recipients"u8);
            foreach (var recipient in happened.Recipients)
                _json.WriteStringValue(recipient);
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>Reads a line, with or without its line end; null when it is no event: torn by a power cut, or of a later version.</summary>
    public static RecordedEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            return json.Read() && json.TokenType == JsonTokenType.StartObject ? ReadObject(ref json) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public void Dispose() => _json.Dispose();

    private static RecordedEvent? ReadObject(ref Utf8JsonReader json)
    {
        DateTimeOffset? at = null;
        TimelineKind? kind = null;
        MessageId message = default, origin = default;
        string? queue = null, detail = null, peer = null, node = null, field = null, sender = null;
        IReadOnlyList<string> recipients = [];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "at": at = json.GetDateTimeOffset(); break;
                case "kind": kind = s_kinds.TryGetValue(json.GetString()!, out var known) ? known : null; break;
                case "message": message = ReadId(ref json); break;
                case "origin": origin = ReadId(ref json); break;
                case "queue": queue = json.GetString(); break;
                case "detail": detail = json.GetString(); break;
                case "peer": peer = json.GetString(); break;
                case "node": node = json.GetString(); break;
                case "message-id": field = json.GetString(); break;
                case "sender": sender = json.GetString(); break;
                case "recipients": recipients = ReadTexts(ref json); break;
                default: json.Skip(); break;
            }
        }

        if (at is null || kind is null || message == MessageId.None || json.TokenType != JsonTokenType.EndObject)
            return null;
        var happened = new TimelineEvent(kind.Value, message, origin == MessageId.None ? message : origin, queue, detail)
        {
            Peer = peer,
            Node = node,
            MessageIdField = field,
            Sender = sender,
            Recipients = recipients,
        };
        return new RecordedEvent(at.Value, happened);
    }

    private static MessageId ReadId(ref Utf8JsonReader json) => MessageId.TryParse(json.GetString(), out var id) ? id : MessageId.None;

    private static List<string> ReadTexts(ref Utf8JsonReader json)
    {
        var texts = new List<string>();
        while (json.Read() && json.TokenType == JsonTokenType.String)
            texts.Add(json.GetString()!);
        return texts;
    }

    private void WriteText(ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            _json.WriteString(name, text);
    }
}
