using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Aws;

/// <summary>Writes the XML of the Query protocol's answers straight into a buffer: elements, escaped text, and refusals, which all services write alike.</summary>
/// <param name="output">The buffer.</param>
/// <param name="xmlns">The service's namespace.</param>
internal readonly struct XmlText(IBufferWriter<byte> output, string xmlns)
{
    private static readonly SearchValues<byte> s_special = SearchValues.Create("<>&\"\r"u8);

    /// <summary>Begins an answer; one that says something but that it was done has a result.</summary>
    public void Begin(string action, bool hasResult)
    {
        output.Write("<?xml version=\"1.0\"?><"u8);
        Ascii(action);
        output.Write("Response xmlns=\""u8);
        Ascii(xmlns);
        output.Write("\">"u8);
        if (hasResult)
            ResultTag("<"u8, action);
    }

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    public void End(string action, bool hasResult, string requestId)
    {
        if (hasResult)
            ResultTag("</"u8, action);
        output.Write("<ResponseMetadata>"u8);
        Element("RequestId"u8, requestId);
        output.Write("</ResponseMetadata></"u8);
        Ascii(action);
        output.Write("Response>"u8);
    }

    /// <summary>A refusal, whole.</summary>
    public void Error(AwsException error, string requestId)
    {
        output.Write("<?xml version=\"1.0\"?><ErrorResponse xmlns=\""u8);
        Ascii(xmlns);
        output.Write("\"><Error>"u8);
        Element("Type"u8, error.Error.IsSender ? "Sender"u8 : "Receiver"u8);
        Element("Code"u8, error.Error.Code);
        Element("Message"u8, error.QueryMessage ?? error.Message);
        output.Write("<Detail/></Error>"u8);
        Element("RequestId"u8, requestId);
        output.Write("</ErrorResponse>"u8);
    }

    /// <summary>An element with a text.</summary>
    public void Element(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        Open(name);
        Escaped(value);
        Close(name);
    }

    /// <summary>An element with a text as UTF-8.</summary>
    public void Element(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Open(name);
        Escaped(value);
        Close(name);
    }

    /// <summary>An element with a number.</summary>
    public void Element(ReadOnlySpan<byte> name, long value)
    {
        Open(name);
        var span = output.GetSpan(20);
        value.TryFormat(span, out var length);
        output.Advance(length);
        Close(name);
    }

    /// <summary>Begins an element.</summary>
    public void Open(ReadOnlySpan<byte> name)
    {
        output.Write("<"u8);
        output.Write(name);
        output.Write(">"u8);
    }

    /// <summary>Ends an element.</summary>
    public void Close(ReadOnlySpan<byte> name)
    {
        output.Write("</"u8);
        output.Write(name);
        output.Write(">"u8);
    }

    private void ResultTag(ReadOnlySpan<byte> begin, string action)
    {
        output.Write(begin);
        Ascii(action);
        output.Write("Result>"u8);
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
