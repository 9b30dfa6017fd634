using System.Buffers;
using System.Text.Json;
using Posthorn.Client.Contracts;
using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Reads the frames of clients. Whatever is wrong with one is told with what would be right.</summary>
internal ref struct FrameParser
{
    private const int ErrorCharactersMax = 1_000;

    private readonly StreamLimits _limits;
    private Utf8JsonReader _json;
    private string? _type;
    private string? _reference;
    private string? _error;
    private int? _credits;
    private TimeSpan? _delay;
    private TimeSpan? _visibility;
    private List<ReceiptHandle>? _handles;

    private FrameParser(ReadOnlySpan<byte> text, StreamLimits limits)
    {
        _json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 4 });
        _limits = limits;
    }

    /// <summary>Reads a frame.</summary>
    /// <param name="text">What came.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="reference">The frame's reference as far as it was read, so that an error can name it.</param>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static ClientFrame Parse(ReadOnlySpan<byte> text, StreamLimits limits, out string? reference)
    {
        var parser = new FrameParser(text, limits);
        try
        {
            parser.ReadProperties();
            return parser.ToFrame();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader's words for text that is no JSON, or a string that is no text.
            throw new FormatException($"The frame is no JSON: {e.Message}", e);
        }
        finally
        {
            reference = parser._reference;
        }
    }

    private void ReadProperties()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
            throw new FormatException("A frame is a JSON object with a type: credit, ack, nack, extend or stop.");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = _json.GetString();
            _json.Read();
            ReadProperty(name);
        }
        if (_json.Read())
            throw new FormatException("A frame is one JSON object.");
    }

    private void ReadProperty(string? name)
    {
        switch (name)
        {
            case "type":
                _type = Text("type", 20);
                break;
            case "ref":
                _reference = Text("ref", ClientFrame.ReferenceMax);
                break;
            case "n":
                if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out var credits) || credits < 1 || credits > _limits.CreditsMax)
                    throw new FormatException($"n: 1 to {_limits.CreditsMax}.");
                _credits = credits;
                break;
            case "handle":
                AddHandle();
                break;
            case "handles":
                ReadHandles();
                break;
            case "delay":
                _delay = Duration("delay", TimeSpan.Zero, TimeSpan.MaxValue);
                break;
            case "visibility":
                _visibility = Duration("visibility", _limits.VisibilityMin, _limits.VisibilityMax);
                break;
            case "error":
                _error = Text("error", ErrorCharactersMax);
                break;
            default:
                throw new FormatException($"There is no property '{name}' in a frame.");
        }
    }

    private void ReadHandles()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw new FormatException("handles: a list of handles.");
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            AddHandle();
    }

    private void AddHandle()
    {
        Span<char> text = stackalloc char[HandleText.Bytes];
        if (_json.TokenType != JsonTokenType.String || _json.ValueSpan.Length != text.Length || _json.CopyString(text) != text.Length
            || !ReceiptHandle.TryParse(text, out var handle))
            throw new FormatException("A handle is what came with a message, as it came.");
        _handles ??= [];
        if (_handles.Count == ClientFrame.HandlesMax)
            throw new FormatException($"handles: at most {ClientFrame.HandlesMax} in a frame.");
        _handles.Add(handle);
    }

    private string Text(string name, int charactersMax)
    {
        var text = _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw new FormatException($"{name}: a text.");
        return text.Length <= charactersMax ? text : throw new FormatException($"{name}: at most {charactersMax} characters.");
    }

    private TimeSpan Duration(string name, TimeSpan min, TimeSpan max)
    {
        var text = _json.TokenType == JsonTokenType.String ? _json.GetString() : null;
        if (_json.TokenType == JsonTokenType.Number)
            text = System.Text.Encoding.ASCII.GetString(_json.HasValueSequence ? _json.ValueSequence.ToArray() : _json.ValueSpan);
        if (text is null || !DurationText.TryParse(text, out var duration))
            throw new FormatException($"{name}: seconds, or a text such as \"90s\" or \"2h30m\".");
        return duration >= min && duration <= max ? duration : throw new FormatException($"{name}: {DurationText.Format(min)} to {DurationText.Format(max)}.");
    }

    private readonly ClientFrame ToFrame() => _type switch
    {
        "credit" => Only("n", _credits is not null && _handles is null && (_delay ?? _visibility) is null && _error is null)
            with { Kind = FrameKind.Credit, Credits = _credits!.Value },
        "ack" => Only("handle or handles", _credits is null && _handles is not null && (_delay ?? _visibility) is null && _error is null)
            with { Kind = FrameKind.Ack },
        "nack" => Only("handle or handles, and perhaps delay and error", _credits is null && _handles is not null && _visibility is null)
            with { Kind = FrameKind.Nack, Time = _delay ?? TimeSpan.Zero, Error = _error },
        "extend" => Only("handle or handles, and visibility", _credits is null && _handles is not null && _delay is null && _visibility is not null && _error is null)
            with { Kind = FrameKind.Extend, Time = _visibility!.Value },
        "stop" => Only("nothing more", _credits is null && _handles is null && (_delay ?? _visibility) is null && _error is null)
            with { Kind = FrameKind.Stop },
        null => throw new FormatException("A frame has a type: credit, ack, nack, extend or stop."),
        _ => throw new FormatException($"type: '{_type}' is none of credit, ack, nack, extend, stop."),
    };

    private readonly ClientFrame Only(string what, bool isSo) =>
        isSo ? new ClientFrame(FrameKind.Stop) { Reference = _reference, Handles = _handles ?? [] } : throw new FormatException($"{_type} has {what}.");
}
