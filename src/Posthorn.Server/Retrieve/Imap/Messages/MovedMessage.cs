using System.Globalization;
using Posthorn.Messages;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>What stays the same of a message that goes to another mailbox, or is copied there: its internal date above all (RFC 9051 6.4.7).</summary>
internal static class MovedMessage
{
    /// <summary>The internal date: what APPEND gave it or it had before it was copied; else when it came into its queue.</summary>
    public static DateTimeOffset InternalDateOf(Message message) =>
        message.Text(MailAttributes.InternalDate) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : message.EnqueuedAt;

    public static string Format(DateTimeOffset date) => date.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    /// <summary>EMAILID (RFC 8474 5.1): the same for all copies, whose content is the same.</summary>
    public static string EmailIdOf(Message message) => message.Text(MailAttributes.EmailId) ?? message.Id.ToString();

    /// <summary>What a move changes: the internal date is noted. A message that was to be received later, or is held, still is.</summary>
    public static MessageChanges Changes(Message message) => new()
    {
        Attributes = message.Attributes.ContainsKey(MailAttributes.InternalDate)
            ? null
            : new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MailAttributes.InternalDate] = Format(InternalDateOf(message)) },
        DueAt = message.State == MessageState.Delayed ? message.DueAt : null,
    };

    /// <summary>A copy for another mailbox: the body is shared, nothing of it is written again.</summary>
    public static NewMessage Copy(Message message, Posthorn.Queues.QueueName to) => new()
    {
        Queue = to,
        Content = message.Content,
        Envelope = message.Envelope,
        Attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal)
        {
            [MailAttributes.InternalDate] = Format(InternalDateOf(message)),
            [MailAttributes.EmailId] = EmailIdOf(message),
        },
        Flags = [.. message.Flags.Where(f => !LeaseKeywords.Contains(f))],
        Priority = message.Priority,
        Group = message.Group,
        Origin = message.Origin,
        AcceptedAt = message.AcceptedAt,
    };
}
