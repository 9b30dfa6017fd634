using System.Security.Cryptography;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sns.Notifications;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Subscribe: a queue gets messages from then on; an address or a URL is asked first, by a message of the same commit.</summary>
internal static class SubscribeAction
{
    private const int TokenBytes = 144;
    private const int UrlLengthMax = 2_048;

    private static readonly TimeSpan s_tokenLife = TimeSpan.FromDays(2);

    public static async ValueTask RunAsync(SnsExchange exchange)
    {
        var (protocol, endpoint) = (exchange.Call.Required("Protocol"), exchange.Call["Endpoint"] ?? "");
        Subscription? subscription = null;
        await exchange.ChangeAsync(async () =>
        {
            var topic = exchange.Topic();
            CheckEndpoint(exchange, topic.Topic, protocol, endpoint);
            subscription = Existing(exchange, topic, protocol, endpoint) ?? Make(exchange, topic, protocol, endpoint);
            if (subscription.IsConfirmed && exchange.Context.Book.FindSubscriber(subscription.Id) is not null)
                return;
            await SaveAsync(exchange, topic, subscription);
        });
        var isTold = subscription!.IsConfirmed || exchange.Call.Flag("ReturnSubscriptionArn");
        exchange.Answer.Begin();
        exchange.Answer.Text("SubscriptionArn"u8, isTold ? subscription.ArnOf(exchange.Account).ToString() : "pending confirmation");
    }

    /// <summary>The subscription of the same endpoint; one that waits for its confirmation gets a new token, and is asked again.</summary>
    private static Subscription? Existing(SnsExchange exchange, SubscribedTopic topic, string protocol, string endpoint)
    {
        if (topic.Subscribers.FirstOrDefault(s => s.Subscription.Protocol == protocol && s.Subscription.Endpoint == endpoint)?.Subscription is not { } existing)
            return null;
        var given = SubscriptionAttributes.Change(exchange, existing with { Attributes = new Dictionary<string, string>(StringComparer.Ordinal) }, exchange.Call.Attributes, isNew: true);
        if (given.Any(a => (existing[a.Key] ?? DefaultOf(a.Key)) != a.Value))
            throw SnsErrors.Invalid("Attributes Reason: Subscription already exists with different attributes");
        return existing.IsConfirmed ? existing : WithToken(exchange, existing);
    }

    private static string? DefaultOf(string attribute) => attribute switch
    {
        TopicAttribute.RawMessageDelivery => "false",
        TopicAttribute.FilterPolicyScope => "MessageAttributes",
        _ => null,
    };

    private static Subscription Make(SnsExchange exchange, SubscribedTopic topic, string protocol, string endpoint)
    {
        var blank = new Subscription
        {
            Id = Guid.NewGuid().ToString(), Region = topic.Topic.Region, Topic = topic.Topic.Name, Protocol = protocol, Endpoint = endpoint, Owner = exchange.Caller.Account.Name,
        };
        var made = blank with { Attributes = SubscriptionAttributes.Change(exchange, blank, exchange.Call.Attributes, isNew: true) };
        if (made[TopicAttribute.FilterPolicy] is not null)
            CheckFilters(topic);
        return SubscriptionProtocol.NeedsConfirmation(protocol) ? WithToken(exchange, made) : made with { IsConfirmed = true, WasConfirmedSigned = true };
    }

    /// <exception cref="AwsException">The topic has as many filter policies as it may.</exception>
    public static void CheckFilters(SubscribedTopic topic)
    {
        if (topic.Subscribers.Count(s => s.Filter is not null) >= SnsLimits.FilterPoliciesMax)
            throw new AwsException(SnsErrors.FilterPolicyLimitExceeded, $"A topic has at most {SnsLimits.FilterPoliciesMax} filter policies");
    }

    private static Subscription WithToken(SnsExchange exchange, Subscription subscription) => subscription with
    {
        Token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes)),
        TokenEndsAt = (exchange.Context.Time.GetUtcNow() + s_tokenLife).ToUnixTimeSeconds(),
    };

    private static async ValueTask SaveAsync(SnsExchange exchange, SubscribedTopic topic, Subscription subscription) =>
        await exchange.Context.Book.SaveAsync(topic, subscription, subscription.IsConfirmed ? null : await QuestionAsync(exchange, topic.Topic, subscription));

    private static async ValueTask<NewMessage> QuestionAsync(SnsExchange exchange, Topic topic, Subscription subscription)
    {
        var arn = topic.ArnOf(exchange.Account).ToString();
        var link = $"{exchange.BaseUrl}/?Action=ConfirmSubscription&TopicArn={arn}&Token={subscription.Token}";
        if (SubscriptionProtocol.IsMail(subscription.Protocol))
            return exchange.Context.Mails.Question(topic, subscription, link, exchange.Publisher);
        var signer = await exchange.Context.Signing.SignerAsync(exchange.BaseUrl, topic[TopicAttribute.SignatureVersion]);
        var id = Guid.NewGuid().ToString();
        return new NewMessage
        {
            Queue = SpoolQueues.TopicDeliveries,
            Group = subscription.Id,
            Content = Bodies.Body.Of(new ConfirmationRequest(id, arn, subscription.Token!, link, exchange.Context.Time.GetUtcNow()).Write(signer)),
            Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [DeliveryAttribute.Type] = ConfirmationRequest.Type, [DeliveryAttribute.MessageId] = id },
        };
    }

    private static void CheckEndpoint(SnsExchange exchange, Topic topic, string protocol, string endpoint)
    {
        switch (protocol)
        {
            case SubscriptionProtocol.Sqs:
                CheckQueue(exchange, topic, endpoint);
                return;
            case SubscriptionProtocol.Http or SubscriptionProtocol.Https:
                if (!endpoint.StartsWith(protocol + "://", StringComparison.Ordinal))
                    throw SnsErrors.Invalid("Endpoint must match the specified protocol");
                if (endpoint.Length > UrlLengthMax || !Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Host.Length == 0)
                    throw SnsErrors.Invalid("Endpoint Reason: it is no URL");
                break;
            case SubscriptionProtocol.Email or SubscriptionProtocol.EmailJson:
                if (!MailAddress.TryParse(endpoint, out var address) || address.Domain.Length == 0 || address.Address != endpoint)
                    throw SnsErrors.Invalid("Email address");
                break;
            case SubscriptionProtocol.Sms:
                if (endpoint.Length is < 3 or > 20 || endpoint.TrimStart('+').Any(c => !char.IsAsciiDigit(c) && c is not ('-' or '.' or ' ')))
                    throw SnsErrors.Invalid($"Invalid SMS endpoint: {endpoint}");
                break;
            case SubscriptionProtocol.Mailbox:
                if (!QueueName.TryParse(endpoint, out var mailbox, out _) || exchange.Context.Queues.TryFind(mailbox) is null)
                    throw SnsErrors.Invalid("Endpoint Reason: there is no such queue");
                SubscriptionAttributes.CheckAccess(exchange, mailbox);
                break;
            case "application" or "lambda" or "firehose":
                throw SnsErrors.Invalid($"Protocol Reason: this server does not deliver to {protocol}");
            default:
                throw SnsErrors.Invalid($"Amazon SNS does not support this protocol string: {protocol}");
        }
        if (topic.IsFifo)
            throw SnsErrors.Invalid("Endpoint Reason: FIFO topics deliver to SQS queues only");
    }

    private static void CheckQueue(SnsExchange exchange, Topic topic, string endpoint)
    {
        if (!QueueArn.TryParse(endpoint, out var arn) || arn.Account != exchange.Account || !QueueName.TryParse(arn.Name, out var queue, out _))
            throw SnsErrors.Invalid("SQS endpoint ARN");
        SubscriptionAttributes.CheckAccess(exchange, queue);
        if (!topic.IsFifo && TopicArn.IsFifoName(arn.Name))
            throw SnsErrors.Invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
        if (queue.Value == SpoolQueues.Prefix || queue.IsBelow(SpoolQueues.Prefix))
            throw SnsErrors.Invalid("SQS endpoint ARN"); // the mail path's own
    }
}
