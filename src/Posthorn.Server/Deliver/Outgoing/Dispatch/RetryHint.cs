using System.Globalization;
using System.Text.RegularExpressions;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Dispatch;

/// <summary>A time to wait that a server names in a 4xx reply: "try again in 300 seconds", "retry after 5 minutes", "Greylisted for 5m".</summary>
internal static partial class RetryHint
{
    /// <summary>The time named; null when the reply is no 4xx or names none.</summary>
    public static TimeSpan? Find(SmtpReply reply)
    {
        if (!reply.IsTransient || Named().Match(reply.Text) is not { Success: true } match)
            return null;
        var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        return char.ToUpperInvariant(match.Groups["unit"].ValueSpan[0]) switch
        {
            'S' => TimeSpan.FromSeconds(number),
            'M' => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromHours(number),
        };
    }

    // A word that speaks of waiting must stand before the number: "limit of 100 messages per 60 seconds" names no time to wait.
    [GeneratedRegex(@"\b(?:in|after|for|wait|within)\s+(?:at\s+least\s+|about\s+)?(?<number>\d{1,6})\s*(?<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Named();
}
