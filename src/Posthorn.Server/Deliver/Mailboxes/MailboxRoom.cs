namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Whether a mailbox has room for a mail.</summary>
public enum MailboxRoom
{
    /// <summary>It fits now.</summary>
    Fits,
    /// <summary>It would fit if the mailbox were emptier: 452 4.2.2, or deliver later.</summary>
    Full,
    /// <summary>It is larger than the mailbox takes, ever: 552 5.2.3.</summary>
    TooLarge,
}
