namespace Posthorn.Protocols.Imap.Commands;

/// <content>Commands about mailboxes.</content>
public abstract partial record ImapCommand
{
    /// <summary>SELECT or EXAMINE.</summary>
    /// <param name="Mailbox">Which.</param>
    /// <param name="IsReadOnly">EXAMINE.</param>
    /// <param name="IsCondStore">With the parameter CONDSTORE, which enables it (RFC 7162 3.1.8).</param>
    /// <param name="Resynchronisation">With QRESYNC what the client knows (RFC 7162 3.2.5); null without.</param>
    public sealed record Select(string Mailbox, bool IsReadOnly, bool IsCondStore, QResyncParameters? Resynchronisation)
        : ImapCommand(IsReadOnly ? ImapVerb.Examine : ImapVerb.Select);

    /// <summary>CREATE.</summary>
    /// <param name="Mailbox">Its name, without the separator that may stand at the end (RFC 9051 6.3.4).</param>
    /// <param name="SpecialUses">What it is to be used for (RFC 6154 3), as written: <c>\Sent</c>.</param>
    public sealed record Create(string Mailbox, IReadOnlyList<string> SpecialUses) : ImapCommand(ImapVerb.Create);

    /// <summary>DELETE.</summary>
    public sealed record Delete(string Mailbox) : ImapCommand(ImapVerb.Delete);

    /// <summary>RENAME.</summary>
    public sealed record Rename(string Mailbox, string NewName) : ImapCommand(ImapVerb.Rename);

    /// <summary>SUBSCRIBE.</summary>
    public sealed record Subscribe(string Mailbox) : ImapCommand(ImapVerb.Subscribe);

    /// <summary>UNSUBSCRIBE.</summary>
    public sealed record Unsubscribe(string Mailbox) : ImapCommand(ImapVerb.Unsubscribe);

    /// <summary>LIST.</summary>
    /// <param name="Reference">What stands in front of each pattern; mostly empty.</param>
    /// <param name="Patterns">One or more, the reference not joined; with an empty one alone the client asks for the hierarchy's separator (RFC 9051 6.3.9).</param>
    /// <param name="Selection">Which mailboxes.</param>
    /// <param name="Return">What is told of each.</param>
    /// <param name="StatusItems">With <see cref="ListReturn.Status"/> what is asked for (RFC 5819 2); else empty.</param>
    /// <param name="IsExtended">Whether it was written in the extended form (RFC 5258): options, or patterns in parentheses.</param>
    public sealed record List(
        string Reference, IReadOnlyList<string> Patterns, ListSelection Selection, ListReturn Return, IReadOnlyList<StatusItem> StatusItems, bool IsExtended)
        : ImapCommand(ImapVerb.List);

    /// <summary>LSUB.</summary>
    public sealed record Lsub(string Reference, string Pattern) : ImapCommand(ImapVerb.Lsub);

    /// <summary>STATUS.</summary>
    /// <param name="Mailbox">Of which.</param>
    /// <param name="Items">One or more.</param>
    public sealed record Status(string Mailbox, IReadOnlyList<StatusItem> Items) : ImapCommand(ImapVerb.Status);

    /// <summary>GETQUOTA.</summary>
    public sealed record GetQuota(string Root) : ImapCommand(ImapVerb.GetQuota);

    /// <summary>GETQUOTAROOT.</summary>
    public sealed record GetQuotaRoot(string Mailbox) : ImapCommand(ImapVerb.GetQuotaRoot);

    /// <summary>SETQUOTA.</summary>
    /// <param name="Root">Of which.</param>
    /// <param name="Limits">Resources in upper case with their limits: STORAGE in units of 1,024 bytes, MESSAGE as a number (RFC 9208 5).</param>
    public sealed record SetQuota(string Root, IReadOnlyList<KeyValuePair<string, long>> Limits) : ImapCommand(ImapVerb.SetQuota);
}
