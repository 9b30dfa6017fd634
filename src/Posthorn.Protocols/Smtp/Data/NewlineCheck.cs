namespace Posthorn.Protocols.Smtp.Data;

/// <summary>Finds CR and LF that do not stand together, in bytes that come in pieces.</summary>
internal struct NewlineCheck
{
    private bool _isAfterCr;

    /// <summary>Whether there was one. A CR at the end of what has come so far does not count before <see cref="End"/>.</summary>
    public bool HasBare { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || HasBare)
            return;
        if (_isAfterCr && bytes[0] != '\n')
            HasBare = true;
        if (!_isAfterCr && bytes[0] == '\n')
            HasBare = true;
        var i = bytes[0] == '\n' ? 1 : 0;
        _isAfterCr = false;
        while (!HasBare)
        {
            var next = bytes[i..].IndexOfAny((byte)'\r', (byte)'\n');
            if (next < 0)
                return;
            i += next;
            if (bytes[i] == '\n')
                HasBare = true;
            else if (i + 1 == bytes.Length)
            {
                _isAfterCr = true;
                return;
            }
            else if (bytes[i + 1] != '\n')
                HasBare = true;
            i += 2;
        }
    }

    /// <summary>Nothing more comes: a CR at the end is bare.</summary>
    public void End()
    {
        HasBare |= _isAfterCr;
        _isAfterCr = false;
    }
}
