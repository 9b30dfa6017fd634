using System.Globalization;
using System.Text;

namespace Posthorn.IntegrationTests.Imap;

/// <summary>
/// An IMAP response in one canonical way of writing, so that two servers' answers can be compared: a quoted string and a literal of the same bytes are the same;
/// what has no order (the items of a FETCH, flags, attributes) is sorted.
/// </summary>
internal sealed class ImapSyntax
{
    private readonly string _text;
    private int _at;

    private ImapSyntax(string text) => _text = text;

    /// <summary>Reads a response, <c>* 1 FETCH (…)</c>, into atoms, strings (with their quotes) and lists.</summary>
    public static IReadOnlyList<object> Read(string response)
    {
        var reader = new ImapSyntax(response);
        var values = new List<object>();
        while (reader.SkipSpace())
            values.Add(reader.Value());
        return values;
    }

    /// <summary>Writes a value canonically.</summary>
    public static string Write(object value) => value is IReadOnlyList<object> list ? $"({string.Join(' ', list.Select(Write))})" : (string)value;

    /// <summary>A list of pairs, such as what FETCH and STATUS answer, by the names of the pairs.</summary>
    public static string WritePairs(IReadOnlyList<object> pairs, Func<string, object, object> change)
    {
        var written = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < pairs.Count; i += 2)
        {
            var name = Write(pairs[i]).ToUpperInvariant();
            written[name] = Write(change(name, pairs[i + 1]));
        }
        return string.Join('\n', written.Select(p => $"    {p.Key} {p.Value}"));
    }

    /// <summary>A list without an order.</summary>
    public static object Sorted(object list) =>
        list is IReadOnlyList<object> values ? values.OrderBy(v => Write(v).ToUpperInvariant(), StringComparer.Ordinal).ToList() : list;

    private bool SkipSpace()
    {
        while (_at < _text.Length && _text[_at] == ' ')
            _at++;
        return _at < _text.Length;
    }

    private object Value() => _text[_at] switch
    {
        '(' => List(),
        '"' => Quoted(),
        '{' => Literal(),
        _ => Atom(),
    };

    private List<object> List()
    {
        _at++;
        var values = new List<object>();
        while (SkipSpace() && _text[_at] != ')')
            values.Add(Value());
        _at++;
        return values;
    }

    private string Quoted()
    {
        var value = new StringBuilder("\"");
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] == '\\')
                _at++;
            value.Append(_text[_at]);
        }
        _at++;
        return value.Append('"').ToString();
    }

    private string Literal()
    {
        var end = _text.IndexOf('}', _at);
        var length = int.Parse(_text.AsSpan(_at + 1, end - _at - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        _at = end + 3 + length;
        return $"\"{_text.AsSpan(end + 3, length)}\"";
    }

    /// <summary>An atom; what stands in brackets belongs to it: <c>BODY[HEADER.FIELDS (FROM)]&lt;0&gt;</c>.</summary>
    private string Atom()
    {
        var start = _at;
        var brackets = 0;
        for (; _at < _text.Length; _at++)
        {
            brackets += _text[_at] switch { '[' => 1, ']' => -1, _ => 0 };
            if (brackets == 0 && _text[_at] is ' ' or ')' or '(' && brackets == 0)
                break;
        }
        return _text[start.._at];
    }
}
