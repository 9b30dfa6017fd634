using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Sqs.Query;

/// <summary>An answer of the Query protocol: XML without a list's own element (<c>flattened</c>).</summary>
internal sealed class SqsXmlAnswer(IBufferWriter<byte> output) : SqsAnswer
{
    private static readonly SearchValues<byte> s_special = SearchValues.Create("<>&\"\r"u8);

    private SqsAction _action;

    public override string ContentType => "text/xml";

    public override void Begin(SqsAction action)
    {
        _action = action;
        output.Write("<?xml version=\"1.0\"?><"u8);
        Ascii(action.ToString());
        output.Write("Response xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"u8);
        if (!SqsActions.IsVoid(action))
            ResultTag("<"u8);
    }

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        Open(name);
        Escaped(value);
        Close(name);
    }

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Open(name);
        Escaped(value);
        Close(name);
    }

    public override void Number(ReadOnlySpan<byte> name, long value)
    {
        Open(name);
        var span = output.GetSpan(20);
        value.TryFormat(span, out var length);
        output.Advance(length);
        Close(name);
    }

    public override void Flag(ReadOnlySpan<byte> name, bool value) => Text(name, value ? "true"u8 : "false"u8);

    public override void Map(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, ReadOnlySpan<byte> key, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        foreach (var (valueName, value) in values)
        {
            Open(element);
            Text(key, valueName);
            Text("Value"u8, value);
            Close(element);
        }
    }

    public override void MessageAttributes(IReadOnlyList<SqsAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            Open("MessageAttribute"u8);
            Text("Name"u8, attribute.Name);
            Open("Value"u8);
            if (attribute.IsBinary)
                Text("BinaryValue"u8, Convert.ToBase64String(attribute.Value.Span));
            else
                Text("StringValue"u8, attribute.Value.Span);
            Text("DataType"u8, attribute.DataType);
            Close("Value"u8);
            Close("MessageAttribute"u8);
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

    public override void BeginItem(ReadOnlySpan<byte> element) => Open(element);

    public override void EndItem(ReadOnlySpan<byte> element) => Close(element);

    public override void End(string requestId)
    {
        if (!SqsActions.IsVoid(_action))
            ResultTag("</"u8);
        output.Write("<ResponseMetadata>"u8);
        Text("RequestId"u8, requestId);
        output.Write("</ResponseMetadata></"u8);
        Ascii(_action.ToString());
        output.Write("Response>"u8);
    }

    public override void Error(SqsException error, string requestId)
    {
        output.Write("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>"u8);
        Text("Type"u8, error.Error.IsSender ? "Sender"u8 : "Receiver"u8);
        Text("Code"u8, error.Error.Code);
        Text("Message"u8, error.QueryMessage ?? error.Message);
        output.Write("<Detail/></Error>"u8);
        Text("RequestId"u8, requestId);
        output.Write("</ErrorResponse>"u8);
    }

    protected override void Dispose(bool isDisposing)
    {
        // It holds nothing.
    }

    private void ResultTag(ReadOnlySpan<byte> begin)
    {
        output.Write(begin);
        Ascii(_action.ToString());
        output.Write("Result>"u8);
    }

    private void Open(ReadOnlySpan<byte> name)
    {
        output.Write("<"u8);
        output.Write(name);
        output.Write(">"u8);
    }

    private void Close(ReadOnlySpan<byte> name)
    {
        output.Write("</"u8);
        output.Write(name);
        output.Write(">"u8);
    }

    private void Ascii(string text) => Encoding.ASCII.GetBytes(text, output);

    private void Escaped(ReadOnlySpan<char> text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Escaped(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>A carriage return too: as it is, a reader of XML makes a line feed of it.</summary>
    private void Escaped(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOfAny(s_special); at >= 0; at = text.IndexOfAny(s_special))
        {
            output.Write(text[..at]);
            output.Write(text[at] switch
            {
                (byte)'<' => "&lt;"u8,
                (byte)'>' => "&gt;"u8,
                (byte)'&' => "&amp;"u8,
                (byte)'"' => "&quot;"u8,
                _ => "&#xD;"u8,
            });
            text = text[(at + 1)..];
        }
        output.Write(text);
    }
}
