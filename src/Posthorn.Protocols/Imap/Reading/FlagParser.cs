using System.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>Flags that a client wants stored (RFC 9051 9, flag-list).</summary>
internal static class FlagParser
{
    /// <summary>Flags in parentheses; none is allowed.</summary>
    public static bool List(ref ArgumentScanner scanner, out IReadOnlyList<string> flags)
    {
        var found = new List<string>();
        flags = found;
        if (!scanner.Take((byte)'('))
            return false;
        while (!scanner.TakeIf((byte)')'))
            if ((found.Count > 0 && !scanner.Space()) || !Add(ref scanner, found))
                return false;
        return true;
    }

    /// <summary>Flags in parentheses, or one or more without.</summary>
    public static bool ListOrBare(ref ArgumentScanner scanner, out IReadOnlyList<string> flags)
    {
        if (scanner.Next == '(')
            return List(ref scanner, out flags);
        var found = new List<string>();
        flags = found;
        do
        {
            if (!Add(ref scanner, found))
                return false;
        }
        while (scanner.TakeIf((byte)' '));
        return true;
    }

    private static bool Add(ref ArgumentScanner scanner, List<string> flags)
    {
        if (flags.Count == scanner.Limits.ListItemsMax)
            return scanner.Fail(ImapReplies.ListTooLong);
        var isSystem = scanner.TakeIf((byte)'\\');
        if (!scanner.Atom(out var atom))
            return scanner.Fail(ImapReplies.BadFlag);
        var name = Encoding.Latin1.GetString(atom);
        var flag = MailFlag.Canonical(isSystem ? "\\" + name : name);
        if (!MailFlag.IsStorable(flag))
            return scanner.Fail(ImapReplies.BadFlag);
        if (!flags.Contains(flag, StringComparer.OrdinalIgnoreCase))
            flags.Add(flag);
        return true;
    }
}
