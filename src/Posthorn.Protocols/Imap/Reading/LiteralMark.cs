using System.Buffers.Text;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What announces a literal at the end of a line: <c>{n}</c>, <c>{n+}</c> (RFC 7888), <c>~{n}</c> (RFC 3516).</summary>
/// <param name="Size">Bytes that follow the line; negative when nobody can tell.</param>
/// <param name="IsSynchronizing">Whether the client waits for <c>+</c>.</param>
/// <param name="IsBinary">Whether it may hold NUL.</param>
/// <param name="Length">Bytes of the mark itself.</param>
internal readonly record struct LiteralMark(long Size, bool IsSynchronizing, bool IsBinary, int Length)
{
    /// <summary>Longest mark that is one: 19 digits are the most of a number of 63 bits.</summary>
    public const int BytesMax = 32;

    /// <summary>Finds the mark at the end of a line, or of its last <see cref="BytesMax"/> bytes and its line end.</summary>
    /// <param name="line">With its line end.</param>
    /// <param name="mark">The mark.</param>
    public static bool TryFind(ReadOnlySpan<byte> line, out LiteralMark mark)
    {
        mark = default;
        var text = line.TrimEnd((byte)'\n').TrimEnd((byte)'\r');
        if (!text.EndsWith((byte)'}'))
            return false;
        var open = text.LastIndexOf((byte)'{');
        if (open < 0)
            return false;
        var number = text[(open + 1)..^1];
        var isSynchronizing = !number.EndsWith((byte)'+');
        if (!isSynchronizing)
            number = number[..^1];
        if (number.IsEmpty || number.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        var isBinary = open > 0 && text[open - 1] == '~';
        if (number.Length > 19 || !Utf8Parser.TryParse(number, out long size, out _))
            size = -1;
        mark = new LiteralMark(size, isSynchronizing, isBinary, text.Length - open + (isBinary ? 1 : 0));
        return true;
    }
}
