using System.Buffers;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sns;

/// <summary>Writes an answer of the Query protocol, straight into a buffer: lists wrap <c>member</c>, maps wrap <c>entry</c>.</summary>
/// <param name="action">What was asked for.</param>
/// <param name="output">The buffer.</param>
public sealed class SnsAnswer(SnsAction action, IBufferWriter<byte> output)
{
    /// <summary>The content type of what it writes.</summary>
    public const string ContentType = "text/xml";

    private const string Xmlns = "http://sns.amazonaws.com/doc/2010-03-31/";

    private readonly XmlText _xml = new(output, Xmlns);

    /// <summary>Writes a refusal, whole.</summary>
    public static void Error(IBufferWriter<byte> output, AwsException error, string requestId) => new XmlText(output, Xmlns).Error(error, requestId);

    /// <summary>Begins.</summary>
    public void Begin() => _xml.Begin(action.ToString(), hasResult: !SnsActions.IsVoid(action));

    /// <summary>Ends.</summary>
    public void End(string requestId) => _xml.End(action.ToString(), hasResult: !SnsActions.IsVoid(action), requestId);

    /// <summary>A text.</summary>
    public void Text(ReadOnlySpan<byte> name, string value) => _xml.Element(name, value);

    /// <summary>A text, unless there is none.</summary>
    public void TextIfAny(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            _xml.Element(name, value);
    }

    /// <summary>Texts by name.</summary>
    public void Map(ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, string>> values)
    {
        _xml.Open(name);
        foreach (var (key, value) in values)
        {
            _xml.Open("entry"u8);
            _xml.Element("key"u8, key);
            _xml.Element("value"u8, value);
            _xml.Close("entry"u8);
        }
        _xml.Close(name);
    }

    /// <summary>A list of objects.</summary>
    /// <param name="name">The list's name.</param>
    /// <param name="items">The objects.</param>
    /// <param name="write">Writes what one of them holds.</param>
    public void List<T>(ReadOnlySpan<byte> name, IEnumerable<T> items, Action<SnsAnswer, T> write)
    {
        _xml.Open(name);
        foreach (var item in items)
        {
            _xml.Open("member"u8);
            write(this, item);
            _xml.Close("member"u8);
        }
        _xml.Close(name);
    }
}
