using System.Text;

namespace Posthorn.Protocols.Imap.Mailboxes;

/// <summary>A pattern of LIST (RFC 9051 6.3.9): <c>*</c> stands for anything, <c>%</c> for anything within a level.</summary>
public sealed class ListPattern
{
    private readonly string _pattern;
    private readonly int _letters;

    private ListPattern(string pattern) => (_pattern, _letters) = (pattern, pattern.Count(c => c is not ('*' or '%')));

    /// <summary>The pattern behind its reference, as the command gives them.</summary>
    public static ListPattern Of(string reference, string pattern)
    {
        // Wildcards side by side are one: of both kinds it is the wider.
        var text = new StringBuilder(reference.Length + pattern.Length);
        foreach (var c in reference + pattern)
        {
            if (c is not ('*' or '%') || text.Length == 0 || text[^1] is not ('*' or '%'))
                text.Append(c);
            else if (c == '*')
                text[^1] = c;
        }
        return new ListPattern(text.ToString());
    }

    /// <summary>Whether a mailbox's name fits; the case counts, but not of INBOX.</summary>
    /// <remarks>
    /// One pass, falling back to the last <c>%</c> or <c>*</c> only: the earliest place where what follows a wildcard fits leaves the most room, and a
    /// <c>%</c> can never be stretched past its level. A pattern with more letters than the name has is not tried at all. So the length of the name bounds
    /// what it costs, however long the pattern is and however many wildcards there are.
    /// </remarks>
    public bool Matches(ReadOnlySpan<char> name)
    {
        if (_letters > name.Length)
            return false;
        var ignoresCase = name.SequenceEqual(ImapMailboxName.Inbox);
        var pattern = _pattern.AsSpan();
        int at = 0, place = 0;
        int star = -1, starName = 0, percent = -1, percentName = 0;
        while (place < name.Length)
        {
            var wanted = at < pattern.Length ? pattern[at] : '\0';
            if (at < pattern.Length && wanted == '*')
            {
                (star, starName, percent) = (at++, place, -1);
            }
            else if (at < pattern.Length && wanted == '%')
            {
                (percent, percentName) = (at++, place);
            }
            else if (at < pattern.Length && (wanted == name[place] || (ignoresCase && char.ToUpperInvariant(wanted) == name[place])))
            {
                at++;
                place++;
            }
            else if (percent >= 0 && name[percentName] != ImapMailboxName.Separator)
            {
                place = ++percentName;
                at = percent + 1;
            }
            else if (star >= 0)
            {
                place = ++starName;
                at = star + 1;
                percent = -1;
            }
            else
            {
                return false;
            }
        }
        return pattern[at..].Trim("*%").IsEmpty;
    }
}
