using System.Buffers;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>Looks for what DATA can't carry byte for byte.</summary>
public static class BareLineEnds
{
    private static readonly SearchValues<byte> s_lineEnds = SearchValues.Create("\r\n"u8);

    /// <summary>Whether content has a CR or LF alone, or does not end with CRLF: BDAT (RFC 3030) carries that, DATA does not.</summary>
    public static bool NeedsBdat(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return false;
        while (content.IndexOfAny(s_lineEnds) is >= 0 and var at)
        {
            if (content[at] != (byte)'\r' || at + 1 >= content.Length || content[at + 1] != (byte)'\n')
                return true;
            content = content[(at + 2)..];
            if (content.IsEmpty)
                return false;
        }

        return true;
    }
}
