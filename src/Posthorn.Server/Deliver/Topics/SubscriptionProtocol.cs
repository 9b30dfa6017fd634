namespace Posthorn.Server.Deliver.Topics;

/// <summary>The ways out of a topic, by the protocol's names.</summary>
internal static class SubscriptionProtocol
{
    public const string Sqs = "sqs";
    public const string Http = "http";
    public const string Https = "https";
    public const string Email = "email";
    public const string EmailJson = "email-json";

    /// <summary>Kept, so that an application can set itself up; nothing is sent.</summary>
    public const string Sms = "sms";

    /// <summary>A queue by its name, in which messages are mails: Posthorn's own.</summary>
    public const string Mailbox = "mailbox";

    public static bool IsHttp(string protocol) => protocol is Http or Https;

    public static bool IsMail(string protocol) => protocol is Email or EmailJson;

    /// <summary>Whether a subscription gets nothing until its endpoint said that it wants it.</summary>
    public static bool NeedsConfirmation(string protocol) => IsHttp(protocol) || IsMail(protocol);
}
