using System.Diagnostics.CodeAnalysis;
using Posthorn.Protocols.Sasl;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>
/// Who may open which maildrop. A user name is an account, whose maildrop is its INBOX, or <c>ACCOUNT:MAILBOX</c> with the account's password, for any
/// other mailbox that it sees (<c>billing:invoices</c>): POP3 itself knows one maildrop a user. No account's name has a colon.
/// </summary>
internal sealed class MaildropAccounts(IAccounts accounts, MailboxAccess mailboxes) : ISaslAccounts
{
    /// <summary>Returns the user name as it was given, mailbox and all.</summary>
    public string? Verify(string name, string password) => accounts.Verify(AccountOf(name, out _), password) is null ? null : name;

    public ScramVerifier? Scram(string name) => accounts.Scram(AccountOf(name, out _));

    /// <summary>The queue that a user's maildrop is, once the user has been verified; false when there is none.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Account? account, out QueueName queue)
    {
        queue = default;
        account = accounts.Find(AccountOf(name, out var mailbox));
        if (account is null || !mailboxes.TryFind(account, mailbox, out var found, out _))
            return false;
        queue = found.Queue;
        return true;
    }

    /// <summary>Without configured accounts a user name is the account, colon and all: there the name of any queue opens it.</summary>
    private string AccountOf(string name, out string mailbox)
    {
        var colon = accounts.IsOpen ? -1 : name.IndexOf(':', StringComparison.Ordinal);
        mailbox = colon < 0 ? MailboxAccess.InboxName : name[(colon + 1)..];
        return colon < 0 ? name : name[..colon];
    }
}
