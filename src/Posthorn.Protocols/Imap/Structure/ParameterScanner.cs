using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>
/// The parameters of a field as bytes, in the order they stand: quotes and comments taken away, nothing decoded. What RFC 2231 3 cut into pieces
/// (<c>name*0</c>, <c>name*1</c>) is joined: as <c>name*</c> when a piece is encoded, for the client to decode, else as <c>name</c>.
/// </summary>
internal static class ParameterScanner
{
    private const int ParametersMax = 256;

    /// <summary>Reads what stands behind the first semicolon. Tolerant as the MIME reader is: a missing closing quote, unquoted values with spaces in file names.</summary>
    public static List<(byte[] Name, byte[] Value)> Read(ReadOnlySpan<byte> field)
    {
        var found = new List<(byte[] Name, byte[] Value)>();
        var start = field.IndexOf((byte)';');
        var rest = start < 0 ? default : field[(start + 1)..];
        while (!rest.IsEmpty && found.Count < ParametersMax)
        {
            var equals = rest.IndexOfAny((byte)'=', (byte)';');
            if (equals < 0)
                break;
            var name = rest[..equals].Trim(" \t"u8);
            var isValue = rest[equals] == '=';
            rest = rest[(equals + 1)..];
            if (!isValue)
                continue;
            var value = Value(ref rest);
            if (!name.IsEmpty && !name.ContainsAny(" \t\"()"u8))
                found.Add((name.ToArray(), value));
        }
        return Join(found);
    }

    private static byte[] Value(ref ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t"u8);
        if (!rest.StartsWith("\""u8))
        {
            var end = rest.IndexOf((byte)';');
            var token = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var comment = token.IndexOf(" ("u8);
            return (comment < 0 ? token : token[..comment]).Trim(" \t"u8).ToArray();
        }
        var value = new List<byte>();
        var at = 1;
        for (; at < rest.Length && rest[at] != '"'; at++)
        {
            if (rest[at] == '\\' && at + 1 < rest.Length && rest[at + 1] is (byte)'"' or (byte)'\\')
                at++;
            value.Add(rest[at]);
        }
        rest = rest[Math.Min(at, rest.Length)..];
        var next = rest.IndexOf((byte)';');
        rest = next < 0 ? default : rest[(next + 1)..];
        return [.. value];
    }

    private static List<(byte[] Name, byte[] Value)> Join(List<(byte[] Name, byte[] Value)> found)
    {
        if (!found.Exists(p => p.Name.AsSpan().Contains((byte)'*')))
            return found;
        var joined = new List<(byte[] Name, byte[] Value)>();
        var pieces = new Dictionary<string, SortedDictionary<int, (bool IsEncoded, byte[] Value)>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in found)
        {
            if (Piece(name) is not var (root, index, isEncoded))
            {
                joined.Add((name, value));
                continue;
            }
            if (!pieces.TryGetValue(root, out var known))
                pieces[root] = known = [];
            known.TryAdd(index, (isEncoded, value));
        }
        foreach (var (root, known) in pieces)
        {
            var isEncoded = known.Values.Any(p => p.IsEncoded);
            joined.Add((Encoding.Latin1.GetBytes(isEncoded ? root + "*" : root), [.. known.Values.SelectMany(p => p.Value)]));
        }
        return joined;
    }

    /// <summary>Of <c>name*3*</c> the name, the number, and whether it is encoded; null for a name that is no piece.</summary>
    private static (string Root, int Index, bool IsEncoded)? Piece(byte[] name)
    {
        var text = Encoding.Latin1.GetString(name);
        var isEncoded = text.EndsWith('*');
        var body = isEncoded ? text[..^1] : text;
        var star = body.LastIndexOf('*');
        return star > 0 && int.TryParse(body.AsSpan(star + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (body[..star], index, isEncoded)
            : null;
    }
}
