using System.Globalization;
using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Webhooks;
using Posthorn.Server.Accept.Sqs;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>The header fields of a call: what Standard Webhooks wants, the webhook's own, and what is known of the message, its attributes among it.</summary>
/// <remarks>
/// Limits: an attribute that no header field can carry (binary, not ASCII, a name that is none), and what is beyond <see cref="AttributesMax"/> or
/// <see cref="AttributeBytesMax"/>, is left out and counted in a field; receivers take 8 KiB of headers and seldom more.
/// </remarks>
internal static class PostedHeaders
{
    /// <summary>What the fields about the message begin with.</summary>
    public const string Prefix = "posthorn-";

    public const int AttributesMax = 32;
    public const int AttributeBytesMax = 4_096;
    private const int RecipientsMax = 20;

    public static List<KeyValuePair<string, string>> Of(WebhookOptions webhook, string id, long timestamp, string signature)
    {
        var headers = new List<KeyValuePair<string, string>> { new(WebhookHeader.Id, id), new(WebhookHeader.Timestamp, timestamp.ToString(CultureInfo.InvariantCulture)) };
        if (signature.Length > 0)
            headers.Add(new(WebhookHeader.Signature, signature));
        headers.AddRange(webhook.Headers);
        return headers;
    }

    /// <summary>Adds what is known of the message.</summary>
    public static void Add(List<KeyValuePair<string, string>> headers, Message message, int attempt)
    {
        headers.Add(new(Prefix + "queue", Uri.EscapeDataString(message.Queue.Value)));
        headers.Add(new(Prefix + "attempt", attempt.ToString(CultureInfo.InvariantCulture)));
        headers.Add(new(Prefix + "accepted-at", message.AcceptedAt.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)));
        if (message.Envelope.Sender is { } sender)
            AddMail(headers, message, sender);
        AddAttributes(headers, message);
    }

    private static void AddMail(List<KeyValuePair<string, string>> headers, Message message, string sender)
    {
        // The null sender is an empty field.
        if (WebhookRules.IsFieldValue(sender))
            headers.Add(new(Prefix + "sender", sender));
        var recipients = string.Join(", ", message.Envelope.Recipients.Take(RecipientsMax).Select(r => r.Address));
        if (recipients.Length is > 0 and < AttributeBytesMax && WebhookRules.IsFieldValue(recipients))
            headers.Add(new(Prefix + "recipients", recipients));
    }

    private static void AddAttributes(List<KeyValuePair<string, string>> headers, Message message)
    {
        var (count, bytes, omitted) = (0, 0, 0);
        foreach (var attribute in StoredAttributes.Visible(message.Attributes))
        {
            var name = attribute.Name;
            var value = attribute.Text is { } text && WebhookRules.IsToken(name) ? Encoding.UTF8.GetString(text.Span) : null;
            if (value is null || !WebhookRules.IsFieldValue(value) || count == AttributesMax || bytes + name.Length + value.Length > AttributeBytesMax)
            {
                omitted++;
                continue;
            }
            (count, bytes) = (count + 1, bytes + name.Length + value.Length);
            headers.Add(new($"{Prefix}attribute-{name}", value));
        }
        if (omitted > 0)
            headers.Add(new(Prefix + "attributes-omitted", omitted.ToString(CultureInfo.InvariantCulture)));
    }
}
