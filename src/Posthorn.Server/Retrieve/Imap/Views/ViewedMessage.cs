using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>A message as its mailbox's view knows it.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Id">Its name in the store.</param>
/// <param name="ModSeq">Its mod-sequence (RFC 7162).</param>
/// <param name="Flags">Its flags and keywords as they are kept; those that its state makes are not among them.</param>
/// <param name="State">Where it stands.</param>
internal readonly record struct ViewedMessage(uint Uid, MessageId Id, long ModSeq, IReadOnlyList<string> Flags, MessageState State)
{
    /// <summary>Whether it has a flag, compared without case.</summary>
    public bool Has(string flag)
    {
        // A plain loop: asked for each message of a mailbox.
        for (var i = 0; i < Flags.Count; i++)
        {
            if (Flags[i].Equals(flag, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
