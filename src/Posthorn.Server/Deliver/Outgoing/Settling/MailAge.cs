using System.Globalization;
using Posthorn.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing.Settling;

/// <summary>How long a mail has been on its way, and when it is given up.</summary>
internal static class MailAge
{
    /// <summary>
    /// From when its age counts: its acceptance, or the time before which it was not to be delivered (FUTURERELEASE, a rule's delay, a redrive).
    /// A mail that came into the queue when it was too old already was put there on purpose, and has its whole time again.
    /// </summary>
    public static DateTimeOffset StartOf(Message message, TimeSpan giveUpAfter)
    {
        var start = message.AcceptedAt;
        if (long.TryParse(message.Text(MailAttributes.NotBefore), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            && DateTimeOffset.FromUnixTimeSeconds(seconds) is var notBefore && notBefore > start)
            start = notBefore;
        return message.EnqueuedAt - start >= giveUpAfter ? message.EnqueuedAt : start;
    }

    /// <summary>When it is given up.</summary>
    public static DateTimeOffset GiveUpAt(Message message, TimeSpan giveUpAfter)
    {
        var start = StartOf(message, giveUpAfter);
        return DateTimeOffset.MaxValue - start > giveUpAfter ? start + giveUpAfter : DateTimeOffset.MaxValue;
    }

    /// <summary>Whether its sender is to be told now that it still waits.</summary>
    public static bool IsWarningDue(Message message, OutgoingOptions options, DateTimeOffset now) =>
        options.DelayWarningAfter is { } after
        && message.Text(MailAttributes.DelayWarning) != "sent"
        && now - StartOf(message, options.GiveUpAfter) >= after;
}
