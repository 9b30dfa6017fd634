using System.Text;

namespace Posthorn.Messages;

/// <summary>The value of an attribute: text or bytes, with an optional type name (SQS's <c>Number.int</c>).</summary>
public readonly record struct AttributeValue
{
    private AttributeValue(ReadOnlyMemory<byte> bytes, string? type, bool isText) => (Bytes, Type, IsText) = (bytes, type, isText);

    /// <summary>The bytes; of text its UTF-8.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The type its sender named; null when it named none.</summary>
    public string? Type { get; }

    /// <summary>Whether it is text.</summary>
    public bool IsText { get; }

    /// <summary>The text; null when it is binary.</summary>
    public string? Text => IsText ? Encoding.UTF8.GetString(Bytes.Span) : null;

    /// <summary>Text.</summary>
    public static AttributeValue Of(string text, string? type = null) => new(Encoding.UTF8.GetBytes(text), type, isText: true);

    /// <summary>Text given as its UTF-8, or bytes; not copied.</summary>
    public static AttributeValue Of(ReadOnlyMemory<byte> bytes, string? type, bool isText) => new(bytes, type, isText);

    /// <summary>Text.</summary>
    public static implicit operator AttributeValue(string text) => Of(text);

    /// <summary>Equal when text or not, type and bytes are.</summary>
    public bool Equals(AttributeValue other) => IsText == other.IsText && Type == other.Type && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Text ?? $"({Bytes.Length} bytes)";
}
