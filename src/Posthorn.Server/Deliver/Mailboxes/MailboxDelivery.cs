using System.Text;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Makes the message that a mailbox gets of a mail: final delivery (RFC 5321 4.4.1).</summary>
public static class MailboxDelivery
{
    /// <summary>
    /// The message for one recipient's mailbox, to be added in the commit that takes the recipient off the mail. The mail's bytes stay as they are
    /// behind <c>Return-Path</c>, <c>Delivered-To</c> and the recipient's own header fields.
    /// </summary>
    /// <param name="mail">The mail as it stands in the spool.</param>
    /// <param name="recipient">The recipient; of an alias the address it ended at, with what the sender asked for.</param>
    /// <param name="queue">The mailbox.</param>
    /// <param name="detail">The sub-address (<see cref="AddressRoute.Mailbox.Detail"/>), told to consumers as <see cref="MailAttributes.Detail"/>.</param>
    public static NewMessage Deliver(Message mail, Recipient recipient, QueueName queue, string? detail) => new()
    {
        Queue = queue,
        Content = mail.Content.WithInFront(Encoding.UTF8.GetBytes(TraceHeader(mail.Envelope.Sender, recipient))),
        Envelope = mail.Envelope with { Recipients = [recipient with { Headers = [] }] },
        Attributes = detail is null ? mail.Attributes : new Dictionary<string, AttributeValue>(mail.Attributes, StringComparer.Ordinal) { [MailAttributes.Detail] = detail },
        Priority = mail.Priority,
        Origin = mail.Origin,
        AcceptedAt = mail.AcceptedAt,
    };

    /// <summary>Not folded: an address is one word, and readers take these lines apart with simple means.</summary>
    private static string TraceHeader(string? sender, Recipient recipient)
    {
        var header = new StringBuilder();
        if (sender is not null)
            header.Append("Return-Path: <").Append(OnOneLine(sender)).Append(">\r\n");
        header.Append("Delivered-To: ").Append(OnOneLine(recipient.Address)).Append("\r\n");
        foreach (var line in recipient.Headers)
            header.Append(line).Append("\r\n");
        return header.ToString();
    }

    /// <summary>No door takes a control character in an address; should one come through, it must not make a header field.</summary>
    private static string OnOneLine(string address) => address.Any(char.IsControl) ? string.Concat(address.Where(c => !char.IsControl(c))) : address;
}
