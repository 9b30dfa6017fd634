namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Names of attributes that webhooks set; consumers do not see those of them that begin with <c>posthorn.</c></summary>
internal static class WebhookAttribute
{
    /// <summary>The group that a message had before it got its endpoint's.</summary>
    public const string Group = "posthorn.webhook-group";

    /// <summary>On an answer: the message it answers, which is its <c>webhook-id</c>.</summary>
    public const string CorrelationId = "CorrelationId";

    /// <summary>On an answer: the HTTP status.</summary>
    public const string StatusCode = "StatusCode";

    /// <summary>On an answer, and on a message the media type of its body.</summary>
    public const string ContentType = "Content-Type";
}
