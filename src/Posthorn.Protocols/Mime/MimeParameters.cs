using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>The parameters of a Content-Type or Content-Disposition field: decoded and put together (RFC 2045 5.1, RFC 2231). Names are compared without case.</summary>
public sealed class MimeParameters
{
    private const int SegmentsMax = 256;

    private readonly Dictionary<string, string> _values;

    private MimeParameters(Dictionary<string, string> values) => _values = values;

    /// <summary>No parameters.</summary>
    public static MimeParameters None { get; } = new([]);

    /// <summary>All of them.</summary>
    public IReadOnlyDictionary<string, string> All => _values;

    /// <summary>The value of a parameter; null when it is absent. Of a name that stands twice the first counts.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>
    /// Reads what stands behind the first semicolon. Tolerant: unquoted values with spaces, a missing closing quote, single backslashes
    /// (Windows paths), encoded words where RFC 2231 should have been used.
    /// </summary>
    public static MimeParameters Parse(string text)
    {
        var segments = new List<Segment>();
        for (var position = 0; position < text.Length && segments.Count < SegmentsMax;)
            if (ReadOne(text, ref position) is { } segment)
                segments.Add(segment);
        if (segments.Count == 0)
            return None;
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        // RFC 2231 forms win over a plain one beside them (RFC 6266 4.3 says the same for HTTP): senders add the plain one for old readers.
        foreach (var group in segments.GroupBy(s => s.Name, StringComparer.OrdinalIgnoreCase))
            values[group.Key] = Join([.. group]);
        return new MimeParameters(values);
    }

    private static Segment? ReadOne(string text, ref int position)
    {
        var nameStart = position;
        while (position < text.Length && text[position] is not ('=' or ';'))
            position++;
        var name = text.AsSpan(nameStart, position - nameStart).Trim(" \t");
        if (position == text.Length || text[position] == ';')
        {
            position++;
            return null; // no value
        }
        position++;
        while (position < text.Length && text[position] is ' ' or '\t')
            position++;
        var value = position < text.Length && text[position] == '"' ? ReadQuoted(text, ref position) : ReadToken(name, text, ref position);
        return name.IsEmpty ? null : Segment.Of(name, value);
    }

    private static string ReadQuoted(string text, ref int position)
    {
        var value = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length && text[position + 1] is '"' or '\\')
                position++;
            value.Append(text[position]);
        }
        position = text.IndexOf(';', Math.Min(position, text.Length)) is >= 0 and var next ? next + 1 : text.Length;
        return value.ToString();
    }

    private static string ReadToken(ReadOnlySpan<char> name, string text, ref int position)
    {
        var end = text.IndexOf(';', position);
        var value = (end < 0 ? text.AsSpan(position) : text.AsSpan(position, end - position)).Trim(" \t");
        position = end < 0 ? text.Length : end + 1;
        var isFileName = name.StartsWith("filename", StringComparison.OrdinalIgnoreCase) || name.StartsWith("name", StringComparison.OrdinalIgnoreCase);
        var tokenEnd = isFileName ? -1 : value.IndexOfAny(" \t("); // a comment follows, or rubbish; file names do hold spaces and parentheses
        return (tokenEnd < 0 ? value : value[..tokenEnd]).ToString();
    }

    private static string Join(List<Segment> segments)
    {
        var extended = segments.Where(s => s.Index is not null || s.IsEncoded).OrderBy(s => s.Index ?? -1).ToList();
        if (extended.Count == 0)
            return EncodedWord.Decode(segments[0].Value);
        if (extended[0] is { Index: null }) // name*=charset'language'text
            extended = [extended[0]];
        string? charset = null;
        var bytes = new List<byte>();
        var expected = extended[0].Index ?? 0;
        foreach (var segment in extended)
        {
            if (segment.Index is { } index && index != expected++)
                break; // a gap or a double: what follows belongs to nothing
            var value = segment.Value.AsSpan();
            if (segment.IsEncoded && charset is null && value.Count('\'') >= 2)
            {
                charset = value[..value.IndexOf('\'')].ToString();
                value = value[(value.IndexOf('\'') + 1)..];
                value = value[(value.IndexOf('\'') + 1)..];
            }
            Append(bytes, value, segment.IsEncoded, charset);
        }
        return MimeCharset.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), charset);
    }

    private static void Append(List<byte> to, ReadOnlySpan<char> value, bool isEncoded, string? charset)
    {
        if (!isEncoded)
        {
            to.AddRange((MimeCharset.Find(charset) ?? Encoding.UTF8).GetBytes(value.ToArray()));
            return;
        }
        var text = new byte[Encoding.UTF8.GetByteCount(value)];
        Encoding.UTF8.GetBytes(value, text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && HexPair.TryRead(text.AsSpan(i + 1), out var b))
                i += 2;
            else
                b = text[i];
            to.Add(b);
        }
    }

    /// <summary>One <c>name*index*=value</c> of the field.</summary>
    private readonly record struct Segment(string Name, int? Index, bool IsEncoded, string Value)
    {
        public static Segment Of(ReadOnlySpan<char> name, string value)
        {
            var isEncoded = name.EndsWith("*");
            var rest = isEncoded ? name[..^1] : name;
            var star = rest.LastIndexOf('*');
            if (star > 0 && int.TryParse(rest[(star + 1)..], System.Globalization.NumberStyles.None, null, out var index))
                return new(rest[..star].ToString(), index, isEncoded, value);
            return new(rest.ToString(), null, isEncoded, value);
        }
    }
}
