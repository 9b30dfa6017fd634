namespace Posthorn.Protocols.Imap.Structure;

/// <summary>
/// Reads a list of addresses as ENVELOPE wants it (RFC 9051 7.5.2): bytes unquoted but not decoded, groups with their marks. Tolerant: every piece between
/// commas becomes an address; where the mailbox or domain is missing Dovecot's words say so, for a missing host would mean a group.
/// </summary>
internal ref struct EnvelopeAddressScanner
{
    private const int AddressesMax = 10_000;

    private readonly ReadOnlySpan<byte> _text;
    private readonly StructureEncoder _found = new();
    private readonly List<byte> _phrase = []; // words outside angle brackets: a name, or the address itself
    private readonly List<byte> _bracketed = []; // inside angle brackets
    private readonly List<byte> _comment = []; // the last comment: the name in the oldest style, a@b (Name)
    private int _phraseAt = -1; // where the last at sign outside quotes stands in _phrase
    private int _bracketedAt = -1;
    private bool _hasBrackets;
    private bool _isPhraseStarted;
    private bool _isInGroup;
    private byte[]? _route;
    private int _position;
    private int _count;

    private EnvelopeAddressScanner(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>Writes how many there are, and each.</summary>
    public static void Write(ReadOnlySpan<byte> text, StructureEncoder to)
    {
        var scanner = new EnvelopeAddressScanner(text);
        scanner.Scan();
        to.Number(scanner._count);
        to.Append(scanner._found);
    }

    private void Scan()
    {
        while (_position < _text.Length && _count < AddressesMax)
        {
            switch (_text[_position])
            {
                case (byte)',':
                    End();
                    _position++;
                    break;
                case (byte)';':
                    End();
                    EndGroup();
                    _position++;
                    break;
                case (byte)':' when !_hasBrackets && _phraseAt < 0 && !_isInGroup && _isPhraseStarted:
                    BeginGroup();
                    _position++;
                    break;
                case (byte)'"':
                    Quoted(_phrase);
                    _isPhraseStarted = true;
                    break;
                case (byte)'(':
                    Comment();
                    break;
                case (byte)'<':
                    Bracketed();
                    break;
                default:
                    Plain();
                    break;
            }
        }
        End();
        EndGroup();
    }

    private void Plain()
    {
        var b = _text[_position++];
        if (b is (byte)' ' or (byte)'\t')
        {
            if (_phrase.Count > 0 && _phrase[^1] != ' ')
                _phrase.Add((byte)' ');
            return;
        }
        _isPhraseStarted = true;
        if (b == '@')
            _phraseAt = _phrase.Count;
        _phrase.Add(b);
    }

    private void Quoted(List<byte> to)
    {
        for (_position++; _position < _text.Length; _position++)
        {
            var b = _text[_position];
            if (b == '"')
            {
                _position++;
                return;
            }
            if (b == '\\' && _position + 1 < _text.Length)
                b = _text[++_position];
            to.Add(b);
        }
    }

    private void Comment()
    {
        _comment.Clear();
        for (var depth = 0; _position < _text.Length;)
        {
            var b = _text[_position++];
            if (b == '(' && depth++ == 0)
                continue;
            if (b == ')' && --depth == 0)
                break;
            if (b == '\\' && _position < _text.Length)
                b = _text[_position++];
            _comment.Add(b);
        }
        if (_phrase.Count > 0 && _phrase[^1] != ' ')
            _phrase.Add((byte)' ');
    }

    private void Bracketed()
    {
        _position++;
        _hasBrackets = true;
        _bracketed.Clear();
        (_bracketedAt, _route) = (-1, null);
        while (_position < _text.Length && _text[_position] != '>')
        {
            var b = _text[_position];
            switch (b)
            {
                case (byte)'"':
                    Quoted(_bracketed);
                    continue;
                case (byte)' ' or (byte)'\t':
                    break;
                case (byte)':' when _bracketed is [(byte)'@', ..] && _route is null:
                    _route = [.. _bracketed]; // RFC 5322 4.4: <@a,@b:c@d>
                    _bracketed.Clear();
                    _bracketedAt = -1;
                    break;
                default:
                    if (b == '@')
                        _bracketedAt = _bracketed.Count;
                    _bracketed.Add(b);
                    break;
            }
            _position++;
        }
        _position++;
    }

    private void End()
    {
        ReadOnlySpan<byte> phrase = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_phrase);
        ReadOnlySpan<byte> comment = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_comment);
        if (_hasBrackets)
        {
            var name = phrase.Trim((byte)' ');
            Address(name.IsEmpty ? comment : name, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bracketed), _bracketedAt);
        }
        else if (_isPhraseStarted)
        {
            Address(comment, phrase, _phraseAt);
        }
        Clear();
    }

    private void Address(ReadOnlySpan<byte> name, ReadOnlySpan<byte> address, int at)
    {
        var mailbox = (at < 0 ? address : address[..at]).Trim((byte)' ');
        var host = (at < 0 ? default : address[(at + 1)..]).Trim((byte)' ');
        if (name.Trim((byte)' ').IsEmpty)
            _found.Nil();
        else
            _found.String(name.Trim((byte)' '));
        if (_route is null)
            _found.Nil();
        else
            _found.String(_route);
        _found.String(mailbox.IsEmpty ? "MISSING_MAILBOX"u8 : mailbox);
        _found.String(host.IsEmpty ? "MISSING_DOMAIN"u8 : host);
        _count++;
    }

    private void BeginGroup()
    {
        _found.Nil();
        _found.Nil();
        _found.String(((ReadOnlySpan<byte>)System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_phrase)).Trim((byte)' '));
        _found.Nil();
        _count++;
        _isInGroup = true;
        Clear();
    }

    private void EndGroup()
    {
        if (!_isInGroup)
            return;
        for (var i = 0; i < 4; i++)
            _found.Nil();
        _count++;
        _isInGroup = false;
    }

    private void Clear()
    {
        _phrase.Clear();
        _bracketed.Clear();
        _comment.Clear();
        (_phraseAt, _bracketedAt, _route) = (-1, -1, null);
        _hasBrackets = _isPhraseStarted = false;
    }
}
