using System.Text;

namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>The base subject: a subject without what replies and forwards put around it (RFC 5256 2.1).</summary>
/// <param name="Text">In upper case, as it is compared (RFC 5051); may be empty.</param>
/// <param name="IsReplyOrForward">Whether a mark of a reply or forward was taken away.</param>
public readonly record struct BaseSubject(string Text, bool IsReplyOrForward)
{
    /// <summary>Longest subject compared, in characters; what is beyond does not count.</summary>
    private const int LengthMax = 1_000;

    /// <summary>Finds it. Costs no more than a few times the subject's length.</summary>
    /// <param name="subject">Decoded; null for none.</param>
    public static BaseSubject Of(string? subject)
    {
        if (string.IsNullOrEmpty(subject))
            return new("", IsReplyOrForward: false);
        var whole = Collapse(subject.Length > LengthMax ? subject[..LengthMax] : subject);
        var rest = whole.AsSpan();
        var isReply = false;
        while (true)
        {
            rest = WithoutTrailers(rest, ref isReply);
            rest = WithoutLeaders(rest, ref isReply);
            if (!rest.StartsWith("[fwd:", StringComparison.OrdinalIgnoreCase) || !rest.EndsWith("]"))
                break;
            rest = rest[5..^1];
            isReply = true;
        }
        return new(rest.ToString().ToUpperInvariant(), isReply);
    }

    /// <summary>Runs of white space become one space.</summary>
    private static string Collapse(string subject)
    {
        var text = new StringBuilder(subject.Length);
        foreach (var c in subject)
        {
            if (c is not (' ' or '\t' or '\r' or '\n'))
                text.Append(c);
            else if (text.Length > 0 && text[^1] != ' ')
                text.Append(' ');
        }
        return text.ToString();
    }

    private static ReadOnlySpan<char> WithoutTrailers(ReadOnlySpan<char> rest, scoped ref bool isReply)
    {
        while (true)
        {
            rest = rest.TrimEnd(' ');
            if (!rest.EndsWith("(fwd)", StringComparison.OrdinalIgnoreCase))
                return rest;
            rest = rest[..^5];
            isReply = true;
        }
    }

    private static ReadOnlySpan<char> WithoutLeaders(ReadOnlySpan<char> rest, scoped ref bool isReply)
    {
        while (true)
        {
            rest = rest.TrimStart(' ');
            if (LeaderLength(rest) is > 0 and var leader)
            {
                rest = rest[leader..];
                isReply = true;
            }
            else if (BlobLength(rest) is > 0 and var blob && blob < rest.Length)
            {
                rest = rest[blob..]; // (4): only when something is left
            }
            else
            {
                return rest;
            }
        }
    }

    /// <summary>Length of <c>[blobs] re [blob] :</c> at the start; 0 for none.</summary>
    private static int LeaderLength(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (BlobLength(text[at..]) is > 0 and var blob)
            at += blob;
        var rest = text[at..];
        var word = rest.StartsWith("fwd", StringComparison.OrdinalIgnoreCase) ? 3
            : rest.StartsWith("re", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("fw", StringComparison.OrdinalIgnoreCase) ? 2
            : 0;
        if (word == 0)
            return 0;
        at += word;
        while (at < text.Length && text[at] == ' ')
            at++;
        at += BlobLength(text[at..]);
        return at < text.Length && text[at] == ':' ? at + 1 : 0;
    }

    /// <summary>Length of <c>[…]</c> and the spaces behind it; 0 for none.</summary>
    private static int BlobLength(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("["))
            return 0;
        var end = text[1..].IndexOfAny('[', ']');
        if (end < 0 || text[end + 1] != ']')
            return 0;
        var at = end + 2;
        while (at < text.Length && text[at] == ' ')
            at++;
        return at;
    }
}
