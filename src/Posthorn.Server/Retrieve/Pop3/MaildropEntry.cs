using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>A message of a maildrop: the little that is kept of it while the session has it.</summary>
internal sealed class MaildropEntry(LeasedMessage leased)
{
    public ReceiptHandle Handle { get; } = leased.Handle;

    public MessageId Origin { get; } = leased.Message.Origin;

    /// <summary>Its number in the queue.</summary>
    public long Number { get; } = leased.Message.Number;

    /// <summary>Bytes as a mail.</summary>
    public long Length { get; } = MailRendering.Of(leased.Message).Length;

    public int ReceiveCount { get; } = leased.Message.ReceiveCount;

    /// <summary>Whether the client has it whole: then it counts as received.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether QUIT is to remove it.</summary>
    public bool IsMarked { get; set; }
}
