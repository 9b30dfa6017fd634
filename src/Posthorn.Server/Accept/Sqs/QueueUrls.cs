using Posthorn.Protocols.Sqs;
using Posthorn.Queues;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Queues by URL and by ARN.</summary>
/// <param name="account">The account number.</param>
internal sealed class QueueUrls(string account)
{
    public string Account { get; } = account;

    public string UrlOf(string baseUrl, QueueName queue) => $"{baseUrl}/{Account}/{Uri.EscapeDataString(queue.Value)}";

    public QueueArn ArnOf(string region, QueueName queue) => new(region, Account, queue.Value);

    /// <summary>The queue that a client names by a URL of any form, a path or its bare name; null when it is another account's, or no name at all.</summary>
    public QueueName? NameOf(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? url : url[(scheme + 3)..];
        var segments = path.Split('?')[0].TrimEnd('/').Split('/');
        if (scheme >= 0 && segments.Length < 2)
            return null; // a host without a path
        if (segments.Length > 1 && segments[^2] is { Length: 12 } number && number.All(char.IsAsciiDigit) && number != Account)
            return null;
        return QueueName.TryParse(Uri.UnescapeDataString(segments[^1]), out var name, out _) ? name : null;
    }

    /// <summary>Whether a path is of a form that queues' URLs have: <c>/account/name</c>, <c>/queue/name</c>, <c>/queue/region/account/name</c>.</summary>
    public static bool IsQueuePath(string path) => path.Trim('/').Split('/') switch
    {
        [{ Length: 12 } number, { Length: > 0 }] => number.All(char.IsAsciiDigit),
        ["queue", .., { Length: > 0 }] => true,
        _ => false,
    };
}
