using System.Globalization;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>
/// The group of a message in <see cref="SpoolQueues.Outgoing"/>: its recipients' domain, and for what was tried before the lane it waits in
/// (<c>example.com</c>, <c>example.com 2</c> for the second attempt, <c>example.com 3</c> for later ones).
/// </summary>
/// <remarks>
/// An engine hands out one group in the order of age: with a group a lane, a big backlog of retries never stands before new mail,
/// and the dispatcher need not hold leases only to find that no slot is free for them.
/// </remarks>
public readonly record struct OutgoingGroup(string Domain, DeliveryLane Lane)
{
    private const char Separator = ' ';

    /// <summary>The group for new mail to a domain, which is written in small A-labels.</summary>
    public static string Of(string domain) => new OutgoingGroup(DomainNames.ToAscii(domain), DeliveryLane.First).ToString();

    /// <summary>Reads what an engine announces. No group at all (mail put there by hand) is the empty domain.</summary>
    public static OutgoingGroup Parse(string group)
    {
        var at = group.LastIndexOf(Separator);
        return at < 0 || !int.TryParse(group.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var lane) || lane is not (2 or 3)
            ? new OutgoingGroup(group, DeliveryLane.First)
            : new OutgoingGroup(group[..at], (DeliveryLane)(lane - 1));
    }

    /// <summary>The lane for a message that failed so often.</summary>
    public static DeliveryLane LaneAfter(int failedAttempts) => failedAttempts switch { 0 => DeliveryLane.First, 1 => DeliveryLane.Second, _ => DeliveryLane.Later };

    /// <summary>How many delivery attempts of a message failed.</summary>
    public static int FailedAttempts(Message message) =>
        int.TryParse(message.Text(MailAttributes.Attempts), NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) ? attempts : 0;

    public override string ToString() => Lane == DeliveryLane.First ? Domain : $"{Domain}{Separator}{(int)Lane + 1}";
}
