using System.Buffers;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs.Query;

/// <summary>An answer of the Query protocol: XML without a list's own element (<c>flattened</c>).</summary>
internal sealed class SqsXmlAnswer(IBufferWriter<byte> output) : SqsAnswer
{
    private readonly XmlText _xml = new(output, "http://queue.amazonaws.com/doc/2012-11-05/");

    private SqsAction _action;

    public override string ContentType => "text/xml";

    public override void Begin(SqsAction action)
    {
        _action = action;
        _xml.Begin(action.ToString(), hasResult: !SqsActions.IsVoid(action));
    }

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value) => _xml.Element(name, value);

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _xml.Element(name, value);

    public override void Number(ReadOnlySpan<byte> name, long value) => _xml.Element(name, value);

    public override void Flag(ReadOnlySpan<byte> name, bool value) => Text(name, value ? "true"u8 : "false"u8);

    public override void Map(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, ReadOnlySpan<byte> key, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        foreach (var (valueName, value) in values)
        {
            _xml.Open(element);
            Text(key, valueName);
            Text("Value"u8, value);
            _xml.Close(element);
        }
    }

    public override void MessageAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            _xml.Open("MessageAttribute"u8);
            Text("Name"u8, attribute.Name);
            _xml.Open("Value"u8);
            if (attribute.IsBinary)
                Text("BinaryValue"u8, Convert.ToBase64String(attribute.Value.Span));
            else
                Text("StringValue"u8, attribute.Value.Span);
            Text("DataType"u8, attribute.DataType);
            _xml.Close("Value"u8);
            _xml.Close("MessageAttribute"u8);
        }
    }

    public override void Texts(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, IEnumerable<string> values)
    {
        foreach (var value in values)
            Text(element, value);
    }

    public override void BeginList(ReadOnlySpan<byte> name)
    {
        // Flattened: its items stand beside each other.
    }

    public override void EndList()
    {
        // As BeginList.
    }

    public override void BeginItem(ReadOnlySpan<byte> element) => _xml.Open(element);

    public override void EndItem(ReadOnlySpan<byte> element) => _xml.Close(element);

    public override void End(string requestId) => _xml.End(_action.ToString(), hasResult: !SqsActions.IsVoid(_action), requestId);

    public override void Error(AwsException error, string requestId) => _xml.Error(error, requestId);

    protected override void Dispose(bool isDisposing)
    {
        // It holds nothing.
    }
}
