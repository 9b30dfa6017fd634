using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>Reads a list of addresses from left to right; each address is gathered in three buffers and judged at its end.</summary>
internal ref struct AddressScanner(ReadOnlySpan<char> text)
{
    private const int AddressesMax = 10_000;

    private static readonly SearchValues<char> DomainSpecials = SearchValues.Create("()<>[]:;@\\,\" \t");

    private readonly ReadOnlySpan<char> _text = text;
    private readonly List<MailAddress> _found = [];
    private readonly StringBuilder _phrase = new(); // words outside angle brackets: a name, or the address itself
    private readonly StringBuilder _bracketed = new(); // inside angle brackets
    private readonly StringBuilder _comment = new(); // the last comment: the name in the oldest style, a@b (Name)
    private bool _hasBrackets;
    private bool _hasAt; // outside angle brackets
    private int _position;

    public List<MailAddress> Read()
    {
        while (_position < _text.Length && _found.Count < AddressesMax)
        {
            switch (_text[_position])
            {
                case ',' or ';':
                    End();
                    _position++;
                    break;
                case ':' when !_hasAt:
                    Clear(); // what stands before was a group's name
                    _position++;
                    break;
                case '"':
                    ReadQuoted(_phrase);
                    break;
                case '(':
                    ReadComment();
                    break;
                case '<':
                    ReadBracketed();
                    break;
                case '[':
                    ReadLiteral(_phrase);
                    break;
                default:
                    _hasAt |= _text[_position] == '@';
                    _phrase.Append(_text[_position++]);
                    break;
            }
        }
        End();
        return _found;
    }

    /// <summary>A quoted string, kept with quotes and escapes: whether it is a name or a local part shows later.</summary>
    private void ReadQuoted(StringBuilder to)
    {
        to.Append(_text[_position++]);
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            to.Append(c);
            if (c == '\\' && _position < _text.Length)
                to.Append(_text[_position++]);
            else if (c == '"')
                return;
        }
        to.Append('"');
    }

    private void ReadComment()
    {
        _comment.Clear();
        var depth = 0;
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            if (c == '(' && depth++ == 0)
                continue;
            if (c == ')' && --depth == 0)
                break;
            if (c == '\\' && _position < _text.Length)
                c = _text[_position++];
            _comment.Append(c);
        }
        _phrase.Append(' ');
    }

    private void ReadBracketed()
    {
        _position++;
        _hasBrackets = true;
        _bracketed.Clear();
        while (_position < _text.Length && _text[_position] != '>')
        {
            switch (_text[_position])
            {
                case '"':
                    ReadQuoted(_bracketed);
                    break;
                case '(':
                    ReadComment();
                    break;
                case '[':
                    ReadLiteral(_bracketed);
                    break;
                case ':' when _bracketed.Length > 0 && _bracketed[0] == '@':
                    _bracketed.Clear(); // an obsolete route, <@a,@b:c@d> (RFC 5322 4.4)
                    _position++;
                    break;
                default:
                    _bracketed.Append(_text[_position++]);
                    break;
            }
        }
        _position++;
    }

    /// <summary>An address literal: its colons (IPv6) end no group.</summary>
    private void ReadLiteral(StringBuilder to)
    {
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            to.Append(c);
            if (c == ']')
                return;
        }
    }

    private void End()
    {
        var phrase = _phrase.ToString().Trim();
        var address = _hasBrackets ? _bracketed.ToString() : phrase;
        var name = _hasBrackets ? NameOf(phrase) : "";
        if (name.Length == 0)
            name = EncodedWord.Decode(_comment.ToString()).Trim();
        if (Split(address) is var (local, domain))
            _found.Add(new MailAddress(name.Length == 0 ? null : name, local, domain));
        Clear();
    }

    private void Clear()
    {
        _phrase.Clear();
        _bracketed.Clear();
        _comment.Clear();
        _hasBrackets = _hasAt = false;
    }

    /// <summary>Local part and domain; null when it is no address. White space around the dots and the at sign is obsolete, not wrong (RFC 5322 4.4).</summary>
    private static (string Local, string Domain)? Split(string address)
    {
        address = address.Trim();
        var at = address.LastIndexOf('@');
        if (at <= 0 || at == address.Length - 1)
            return null;
        var domain = WithoutSpaces(address.AsSpan(at + 1));
        if (domain.Length == 0 || (domain[0] != '[' && domain.AsSpan().ContainsAny(DomainSpecials)))
            return null;
        var local = address.AsSpan(0, at).Trim();
        var plain = local.Contains('"') ? Unquote(local) : WithoutSpaces(local);
        return plain.Length == 0 ? null : (plain, domain);
    }

    private static string NameOf(string phrase) => EncodedWord.Decode(Unquote(phrase)).Trim();

    /// <summary>Takes out the quotes and their escapes, and makes runs of white space outside them one space.</summary>
    private static string Unquote(ReadOnlySpan<char> text)
    {
        var plain = new StringBuilder(text.Length);
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
                isQuoted = !isQuoted;
            else if (isQuoted && c == '\\' && i + 1 < text.Length)
                plain.Append(text[++i]);
            else if (isQuoted || !char.IsWhiteSpace(c))
                plain.Append(c);
            else if (plain.Length > 0 && plain[^1] != ' ')
                plain.Append(' ');
        }
        return plain.ToString();
    }

    private static string WithoutSpaces(ReadOnlySpan<char> text) => text.ContainsAny(" \t") ? string.Concat(text.ToString().Where(c => c is not (' ' or '\t'))) : text.ToString();
}
