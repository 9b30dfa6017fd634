using System.Buffers;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs;

/// <summary>
/// Writes an answer, named and nested as in JSON; the Query protocol's flattened elements come of the same calls. Straight into a buffer: nothing is built first.
/// </summary>
public abstract class SqsAnswer : IDisposable
{
    /// <summary>The content type of what it writes.</summary>
    public abstract string ContentType { get; }

    /// <summary>An answer of the JSON protocol, or of the Query protocol.</summary>
    public static SqsAnswer Create(bool isJson, IBufferWriter<byte> output) => isJson ? new Json.SqsJsonAnswer(output) : new Query.SqsXmlAnswer(output);

    /// <summary>Begins.</summary>
    public abstract void Begin(SqsAction action);

    /// <summary>A text of ASCII.</summary>
    public abstract void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value);

    /// <summary>A text as UTF-8, which is valid.</summary>
    public abstract void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>The MD5 digest of a body.</summary>
    public void Digest(ReadOnlySpan<byte> name, ReadOnlySpan<byte> body)
    {
        Span<char> digits = stackalloc char[SqsDigest.Length];
        SqsDigest.OfBody(body, digits);
        Text(name, digits);
    }

    /// <summary>A text, unless there is none.</summary>
    public void TextIfAny(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            Text(name, value);
    }

    /// <summary>A number.</summary>
    public abstract void Number(ReadOnlySpan<byte> name, long value);

    /// <summary>A flag.</summary>
    public abstract void Flag(ReadOnlySpan<byte> name, bool value);

    /// <summary>Texts by name; nothing when there are none.</summary>
    /// <param name="name">The map's name.</param>
    /// <param name="element">What one of them is called in Query.</param>
    /// <param name="key">What its name is called in Query: <c>Name</c>, or <c>Key</c>.</param>
    /// <param name="values">The texts.</param>
    public abstract void Map(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, ReadOnlySpan<byte> key, IReadOnlyList<KeyValuePair<string, string>> values);

    /// <summary>A message's attributes; nothing when there are none.</summary>
    public abstract void MessageAttributes(IReadOnlyList<SqsAttribute> attributes);

    /// <summary>A list of texts.</summary>
    public abstract void Texts(ReadOnlySpan<byte> name, ReadOnlySpan<byte> element, IEnumerable<string> values);

    /// <summary>Begins a list of objects.</summary>
    public abstract void BeginList(ReadOnlySpan<byte> name);

    /// <summary>Ends the list.</summary>
    public abstract void EndList();

    /// <summary>Begins an object of a list.</summary>
    /// <param name="element">What it is called in Query.</param>
    public abstract void BeginItem(ReadOnlySpan<byte> element);

    /// <summary>Ends the object.</summary>
    public abstract void EndItem(ReadOnlySpan<byte> element);

    /// <summary>Ends the answer.</summary>
    /// <param name="requestId">Names the request.</param>
    public abstract void End(string requestId);

    /// <summary>Writes a refusal, whole.</summary>
    public abstract void Error(AwsException error, string requestId);

    /// <summary>Lets go of what it wrote with; what was not ended is not written.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what it wrote with.</summary>
    protected abstract void Dispose(bool isDisposing);
}
