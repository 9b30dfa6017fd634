using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using Posthorn.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>The media type of a call's body: what the webhook or the message says, else what the first bytes look like.</summary>
internal static class PostedContentType
{
    /// <summary>How many first bytes are looked at.</summary>
    public const int HeadBytes = 512;

    private const string Json = "application/json";

    // SQS clients name attributes as they like; these two are what people take.
    private static readonly string[] s_attributes = [WebhookAttribute.ContentType, "ContentType"];

    public static string Of(WebhookOptions webhook, Message message, ReadOnlySpan<byte> head)
    {
        if (webhook.ContentType is { } set)
            return set;
        foreach (var name in s_attributes)
        {
            if (message.Text(name) is { } named && MediaTypeHeaderValue.TryParse(named, out _) && WebhookRules.IsFieldValue(named))
                return named;
        }
        return message.IsMail() ? "message/rfc822"
            : head.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] && IsText(head) ? Json
            : IsText(head) ? "text/plain; charset=utf-8"
            : "application/octet-stream";
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        while (!head.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(head, out var rune, out var length);
            if (status == OperationStatus.NeedMoreData)
                return true; // a character that the end of the head cut
            if (status != OperationStatus.Done || (rune.Value < ' ' && rune.Value is not ('\t' or '\r' or '\n')))
                return false;
            head = head[length..];
        }
        return true;
    }
}
