using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Json;

/// <summary>An answer of the JSON protocol.</summary>
internal sealed class SqsJsonAnswer(IBufferWriter<byte> output) : SqsAnswer
{
    // Not meant to stand in a page: only what JSON itself needs is escaped.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Utf8JsonWriter _writer = new(output, s_options);

    public override string ContentType => "application/x-amz-json-1.0";

    public override void Begin(SqsAction action) => _writer.WriteStartObject();

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value) => _writer.WriteString(name, value);

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _writer.WriteString(name, value);

    public override void Number(ReadOnlySpan<byte> name, long value) => _writer.WriteNumber(name, value);

    public override void Flag(ReadOnlySpan<byte> name, bool value) => _writer.WriteBoolean(name, value);

    public override void Map(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, ReadOnlySpan<byte> key, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        if (values.Count == 0)
            return;
        _writer.WriteStartObject(name);
        foreach (var (valueName, value) in values)
            _writer.WriteString(valueName, value);
        _writer.WriteEndObject();
    }

    public override void MessageAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        if (attributes.Count == 0)
            return;
        _writer.WriteStartObject("MessageAttributes"u8);
        foreach (var attribute in attributes)
        {
            _writer.WriteStartObject(attribute.Name);
            if (attribute.IsBinary)
                _writer.WriteBase64String("BinaryValue"u8, attribute.Value.Span);
            else
                _writer.WriteString("StringValue"u8, attribute.Value.Span);
            _writer.WriteString("DataType"u8, attribute.DataType);
            _writer.WriteEndObject();
        }
        _writer.WriteEndObject();
    }

    public override void Texts(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, IEnumerable<string> values)
    {
        _writer.WriteStartArray(name);
        foreach (var value in values)
            _writer.WriteStringValue(value);
        _writer.WriteEndArray();
    }

    public override void BeginList(ReadOnlySpan<byte> name) => _writer.WriteStartArray(name);

    public override void EndList() => _writer.WriteEndArray();

    public override void BeginItem(ReadOnlySpan<byte> element) => _writer.WriteStartObject();

    public override void EndItem(ReadOnlySpan<byte> element) => _writer.WriteEndObject();

    public override void End(string requestId)
    {
        _writer.WriteEndObject();
        _writer.Flush();
    }

    public override void Error(AwsException error, string requestId)
    {
        _writer.WriteStartObject();
        _writer.WriteString("__type"u8, $"{error.Error.Namespace}#{error.Error.Type}");
        _writer.WriteString("message"u8, error.Message);
        _writer.WriteEndObject();
        _writer.Flush();
    }

    protected override void Dispose(bool isDisposing)
    {
        _writer.Reset(); // or it would write what was begun, into a buffer that is another's by now
        _writer.Dispose();
    }
}
