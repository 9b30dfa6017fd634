using System.Text;
using System.Text.Unicode;

namespace Posthorn.Protocols.Mime;

/// <summary>One field of a header (RFC 5322 2.2), as it stands in the mail; decoded only when asked.</summary>
public sealed class HeaderField
{
    private readonly int _nameLength;
    private string? _name;
    private string? _value;
    private string? _text;

    internal HeaderField(ReadOnlyMemory<byte> raw, int nameLength) => (Raw, _nameLength) = (raw, nameLength);

    /// <summary>The whole field with its folding and its last line end; a cut-off header's last field may lack that.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The name as written, without colon; names are compared without case.</summary>
    public string Name => _name ??= Encoding.ASCII.GetString(Raw.Span[.._nameLength]);

    /// <summary>The value unfolded and trimmed, encoded words left as they are; 8-bit bytes are read as UTF-8 when they are valid as such, else as Latin-1.</summary>
    public string Value => _value ??= Decode(Unfold(ValueBytes));

    /// <summary>The value for people: encoded words decoded (RFC 2047). Wrong for addresses: a decoded name may hold a comma; see <see cref="AddressList"/>.</summary>
    public string Text => _text ??= EncodedWord.Decode(Value);

    /// <summary>The value's bytes, unfolded and trimmed.</summary>
    internal ReadOnlySpan<byte> UnfoldedBytes => Unfold(ValueBytes);

    private ReadOnlySpan<byte> ValueBytes
    {
        get
        {
            var rest = Raw.Span[_nameLength..];
            return rest[(rest.IndexOf((byte)':') + 1)..];
        }
    }

    /// <summary>Makes a field: encoded words where they are needed (RFC 2047; in address fields in the names only), folded at 78 characters.</summary>
    /// <param name="name">1 to 77 printable ASCII characters without colon.</param>
    /// <param name="text">The value for people, without line ends and NUL; of an address field a list of addresses.</param>
    /// <exception cref="ArgumentException">The name is none, or the text holds a line end or NUL (a header injection).</exception>
    public static HeaderField Create(string name, string text) => HeaderFolding.Encode(name, text, "\r\n");

    /// <summary>Makes a field whose value is taken as it is (a trace line, a signature, a media type), written as UTF-8 and folded at 78 characters.</summary>
    /// <param name="name">1 to 77 printable ASCII characters without colon.</param>
    /// <param name="value">The value, without line ends and NUL.</param>
    /// <exception cref="ArgumentException">The name is none, the value holds a line end or NUL, or a word too long for a line of 998 bytes.</exception>
    public static HeaderField CreateRaw(string name, string value) => HeaderFolding.Raw(name, value, "\r\n");

    /// <summary>Whether this is the field of a name, compared without case.</summary>
    public bool Is(ReadOnlySpan<char> name) => Ascii.EqualsIgnoreCase(Raw.Span[.._nameLength], name);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Value}";

    /// <summary>Bytes as text: UTF-8 when valid, else Latin-1, so that no byte is lost.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes) => (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);

    /// <summary>Takes out the line ends (RFC 5322 2.2.3) and the white space at both ends.</summary>
    internal static ReadOnlySpan<byte> Unfold(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        if (!value.Contains((byte)'\n'))
            return value;
        var unfolded = new byte[value.Length];
        var length = 0;
        while (value.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = value[..end].TrimEnd((byte)'\r');
            line.CopyTo(unfolded.AsSpan(length));
            length += line.Length;
            value = value[(end + 1)..];
        }
        value.CopyTo(unfolded.AsSpan(length));
        return unfolded.AsSpan(0, length + value.Length);
    }
}
