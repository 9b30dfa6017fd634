using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>
/// A message's attributes as its record has them, each decoded when somebody asks for it: most who read messages ask for one or two, and who writes one
/// again for none.
/// </summary>
/// <param name="bytes">What the record says behind their number; kept, not copied.</param>
/// <param name="count">How many they are; few, for each is looked for from the first one on.</param>
internal sealed class PackedAttributes(ReadOnlyMemory<byte> bytes, int count) : IReadOnlyDictionary<string, AttributeValue>
{
    private const byte TextMark = 1;

    public int Count => count;

    /// <summary>As the record has them.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    public IEnumerable<string> Keys => this.Select(static a => a.Key);

    public IEnumerable<AttributeValue> Values => this.Select(static a => a.Value);

    public AttributeValue this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no attribute '{key}'.");

    /// <summary>Goes over one attribute.</summary>
    public static void Skip(ref ByteReader reader)
    {
        reader.SkipText();
        reader.SkipText();
        reader.Byte();
        reader.Bytes();
    }

    /// <summary>Writes one attribute.</summary>
    public static void Write(ByteWriter writer, string name, in AttributeValue value)
    {
        writer.Text(name);
        writer.Text(value.Type);
        writer.Byte(value.IsText ? TextMark : (byte)0);
        writer.Bytes(value.Bytes.Span);
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out AttributeValue value)
    {
        var reader = new ByteReader(bytes.Span);
        for (var i = 0; i < count; i++)
        {
            if (Is(reader.TextBytes(), key))
            {
                value = Value(ref reader);
                return true;
            }
            reader.SkipText();
            reader.Byte();
            reader.Bytes();
        }
        value = default;
        return false;
    }

    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator()
    {
        for (int i = 0, at = 0; i < count; i++)
            yield return At(ref at);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private KeyValuePair<string, AttributeValue> At(ref int at)
    {
        var reader = new ByteReader(bytes.Span[at..]);
        var name = reader.Text()!;
        var value = Value(ref reader);
        at = bytes.Length - reader.Remaining;
        return new(name, value);
    }

    private AttributeValue Value(ref ByteReader reader)
    {
        var type = reader.Text();
        var isText = reader.Byte() == TextMark;
        var length = reader.Bytes().Length;
        return AttributeValue.Of(bytes.Slice(bytes.Length - reader.Remaining - length, length), type, isText);
    }

    private static bool Is(ReadOnlySpan<byte> name, string key) =>
        Ascii.Equals(name, key) || (!Ascii.IsValid(name) && string.Equals(Encoding.UTF8.GetString(name), key, StringComparison.Ordinal));
}
