using Posthorn.Protocols.Imap.Commands;

namespace Posthorn.Protocols.Imap.Responses;

/// <content>What is said of the server and of mailboxes.</content>
public sealed partial class ImapWriter
{
    /// <summary>CAPABILITY (RFC 9051 7.2.2).</summary>
    public void Capability(IEnumerable<string> names)
    {
        Write("* CAPABILITY"u8);
        Words(names);
    }

    /// <summary>ENABLED with what was enabled just now; may be empty (RFC 5161 3.2).</summary>
    public void Enabled(IEnumerable<string> names)
    {
        Write("* ENABLED"u8);
        Words(names);
    }

    /// <summary>ID (RFC 2971 3.2).</summary>
    public void Id(IEnumerable<KeyValuePair<string, string?>> parameters)
    {
        Write("* ID ("u8);
        var isFirst = true;
        foreach (var (name, value) in parameters)
        {
            if (!isFirst)
                Write(" "u8);
            isFirst = false;
            NString(name);
            Write(" "u8);
            NString(value);
        }
        Write(")\r\n"u8);
    }

    /// <summary>FLAGS: those that messages of the mailbox can have (RFC 9051 7.3.5).</summary>
    public void Flags(IEnumerable<string> flags)
    {
        Write("* FLAGS "u8);
        FlagList(flags);
        EndLine();
    }

    /// <summary>EXISTS (RFC 9051 7.4.1).</summary>
    public void Exists(long count) => Counted(count, " EXISTS\r\n"u8);

    /// <summary>RECENT (RFC 3501 7.3.2).</summary>
    public void Recent(long count) => Counted(count, " RECENT\r\n"u8);

    /// <summary>EXPUNGE: the message with this number is gone, those behind it move up (RFC 9051 7.5.1).</summary>
    public void Expunge(uint number) => Counted(number, " EXPUNGE\r\n"u8);

    /// <summary>VANISHED: instead of EXPUNGE for those who enabled QRESYNC (RFC 7162 3.2.10). Nothing is written for none.</summary>
    /// <param name="uids">What is gone, ascending.</param>
    /// <param name="isEarlier">Whether it is told because of what the client asked, and no number changes (EARLIER).</param>
    public void Vanished(IReadOnlyList<NumberRange> uids, bool isEarlier)
    {
        if (uids.Count == 0)
            return;
        Write(isEarlier ? "* VANISHED (EARLIER) "u8 : "* VANISHED "u8);
        Ranges(uids);
        EndLine();
    }

    /// <summary>LIST (RFC 9051 7.3.1).</summary>
    /// <param name="name">The mailbox; empty when only the separator is asked for.</param>
    /// <param name="attributes">With backslashes: <c>\HasChildren</c>.</param>
    /// <param name="childInfo">With RECURSIVEMATCH why it is told though it does not fit itself: <c>SUBSCRIBED</c> (RFC 5258 3.5); null for none.</param>
    public void List(string name, IEnumerable<string> attributes, string? childInfo = null)
    {
        ListStart("* LIST "u8, name, attributes);
        if (childInfo is not null)
        {
            Write(" (CHILDINFO ("u8);
            NString(childInfo);
            Write("))"u8);
        }
        EndLine();
    }

    /// <summary>LSUB (RFC 3501 7.2.3).</summary>
    public void Lsub(string name, IEnumerable<string> attributes)
    {
        ListStart("* LSUB "u8, name, attributes);
        EndLine();
    }

    /// <summary>STATUS; MAILBOXID has a value of its own (RFC 9051 7.3.2).</summary>
    /// <param name="mailbox">Of which.</param>
    /// <param name="values">Items with their figures; what has none is left out (APPENDLIMIT: null is NIL, no limit).</param>
    /// <param name="mailboxId">Told when not null (RFC 8474 4.3).</param>
    public void Status(string mailbox, IEnumerable<KeyValuePair<StatusItem, long?>> values, string? mailboxId = null)
    {
        Write("* STATUS "u8);
        Mailbox(mailbox);
        Write(" ("u8);
        var isFirst = true;
        foreach (var (item, value) in values)
        {
            if (!isFirst)
                Write(" "u8);
            isFirst = false;
            Text(StatusItems.NameOf(item));
            Write(" "u8);
            if (value is { } number)
                Number(number);
            else
                Write("NIL"u8);
        }
        if (mailboxId is not null)
        {
            Write(isFirst ? "MAILBOXID ("u8 : " MAILBOXID ("u8);
            Text(mailboxId);
            Write(")"u8);
        }
        Write(")\r\n"u8);
    }

    /// <summary>NAMESPACE with <c>/</c> as separator (RFC 2342).</summary>
    /// <param name="personal">Prefixes of one's own mailboxes; mostly one, empty.</param>
    /// <param name="others">Prefixes of other users' mailboxes.</param>
    /// <param name="shared">Prefixes of shared ones.</param>
    public void Namespace(IReadOnlyList<string> personal, IReadOnlyList<string> others, IReadOnlyList<string> shared)
    {
        Write("* NAMESPACE "u8);
        Prefixes(personal);
        Write(" "u8);
        Prefixes(others);
        Write(" "u8);
        Prefixes(shared);
        EndLine();
    }

    /// <summary>QUOTAROOT: which roots limit a mailbox (RFC 9208 4.2.2).</summary>
    public void QuotaRoot(string mailbox, IEnumerable<string> roots)
    {
        Write("* QUOTAROOT "u8);
        Mailbox(mailbox);
        foreach (var root in roots)
        {
            Write(" "u8);
            AString(root);
        }
        EndLine();
    }

    /// <summary>QUOTA (RFC 9208 4.2.1).</summary>
    /// <param name="root">Of which.</param>
    /// <param name="resources">Name in upper case, what is used, the limit; STORAGE in units of 1,024 bytes.</param>
    public void Quota(string root, IEnumerable<(string Resource, long Usage, long Limit)> resources)
    {
        Write("* QUOTA "u8);
        AString(root);
        Write(" ("u8);
        var isFirst = true;
        foreach (var (resource, usage, limit) in resources)
        {
            if (!isFirst)
                Write(" "u8);
            isFirst = false;
            Text(resource);
            Write(" "u8);
            Number(usage);
            Write(" "u8);
            Number(limit);
        }
        Write(")\r\n"u8);
    }

    private void ListStart(ReadOnlySpan<byte> kind, string name, IEnumerable<string> attributes)
    {
        Write(kind);
        FlagList(attributes);
        Write(" \"/\" "u8);
        Mailbox(name);
    }

    private void Prefixes(IReadOnlyList<string> prefixes)
    {
        if (prefixes.Count == 0)
        {
            Write("NIL"u8);
            return;
        }
        Write("("u8);
        foreach (var prefix in prefixes)
        {
            Write("("u8);
            NString(IsUtf8 ? prefix : Mailboxes.ModifiedUtf7.Encode(prefix));
            Write(" \"/\")"u8);
        }
        Write(")"u8);
    }

    private void Words(IEnumerable<string> words)
    {
        foreach (var word in words)
        {
            Write(" "u8);
            Text(word);
        }
        EndLine();
    }

    private void Counted(long count, ReadOnlySpan<byte> what)
    {
        Write("* "u8);
        Number(count);
        Write(what);
    }

    private void Ranges(IReadOnlyList<NumberRange> ranges)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            if (i > 0)
                Write(","u8);
            Range(ranges[i]);
        }
    }
}
