namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>Somebody who wants to know at once that a mailbox has changed.</summary>
internal interface IViewer
{
    /// <summary>Something changed; what, the view tells. To be quick and to throw nothing.</summary>
    void OnMailboxChanged();
}
