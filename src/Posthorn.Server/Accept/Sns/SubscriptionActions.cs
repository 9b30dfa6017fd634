using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Confirming, finding, changing and ending subscriptions.</summary>
internal static class SubscriptionActions
{
    public static async ValueTask ConfirmAsync(SnsExchange exchange)
    {
        var token = exchange.Call.Required("Token");
        Subscription? subscription = null;
        await exchange.ChangeAsync(async () =>
        {
            var topic = TopicOf(exchange);
            subscription = topic.Subscribers.Select(s => s.Subscription).FirstOrDefault(s => IsToken(s, token)) ?? throw SnsErrors.Invalid("Token");
            if (subscription.IsConfirmed)
                return;
            if (subscription.TokenEndsAt < exchange.Context.Time.GetUtcNow().ToUnixTimeSeconds())
                throw SnsErrors.Invalid("Token Reason: the token has expired; subscribe again");
            subscription = subscription with
            {
                IsConfirmed = true, WasConfirmedSigned = !exchange.IsByLink, NeedsSignatureToEnd = !exchange.IsByLink && exchange.Call.Flag("AuthenticateOnUnsubscribe"),
            };
            await exchange.Context.Book.SaveAsync(topic, subscription);
        });
        exchange.Answer.Begin();
        exchange.Answer.Text("SubscriptionArn"u8, subscription!.ArnOf(exchange.Account).ToString());
    }

    public static async ValueTask EndAsync(SnsExchange exchange)
    {
        await exchange.ChangeAsync(async () =>
        {
            if (exchange.FindSubscriber()?.Subscription is not { } subscription || exchange.Context.Book.Find(subscription.Region, subscription.Topic) is not { } topic)
                return; // it ended before
            if (exchange.IsByLink && subscription.NeedsSignatureToEnd)
                throw new AwsException(SnsErrors.AuthorizationError, "This subscription is ended by a signed request only");
            await exchange.Context.Book.RemoveAsync(topic, subscription);
        });
        exchange.Answer.Begin();
    }

    public static void List(SnsExchange exchange)
    {
        var subscriptions = exchange.Call.Action == SnsAction.ListSubscriptionsByTopic
            ? exchange.Topic().Subscribers.Select(s => s.Subscription).OrderBy(s => s.Id, StringComparer.Ordinal)
            : exchange.Context.Book.Subscriptions.Where(s => s.Region == exchange.Caller.Region);
        var (page, next) = SnsPage.Of(subscriptions, s => s.Id, exchange.Call["NextToken"]);
        var account = exchange.Account;
        exchange.Answer.Begin();
        exchange.Answer.List("Subscriptions"u8, page, (answer, subscription) =>
        {
            var arn = subscription.ArnOf(account);
            answer.Text("SubscriptionArn"u8, subscription.IsConfirmed ? arn.ToString() : "PendingConfirmation");
            answer.Text("Owner"u8, account);
            answer.Text("Protocol"u8, subscription.Protocol);
            answer.Text("Endpoint"u8, subscription.Endpoint);
            answer.Text("TopicArn"u8, arn.Topic.ToString());
        });
        exchange.Answer.TextIfAny("NextToken"u8, next);
    }

    public static void GetAttributes(SnsExchange exchange)
    {
        var subscription = Find(exchange);
        exchange.Answer.Begin();
        exchange.Answer.Map("Attributes"u8, SubscriptionAttributes.Shown(subscription, exchange.Context.Book.Find(subscription.Region, subscription.Topic), exchange.Account));
    }

    public static async ValueTask SetAttributeAsync(SnsExchange exchange)
    {
        var (name, value) = (exchange.Call.Required("AttributeName"), exchange.Call["AttributeValue"] ?? "");
        await exchange.ChangeAsync(async () =>
        {
            var subscription = Find(exchange);
            var topic = exchange.Context.Book.Find(subscription.Region, subscription.Topic) ?? throw SnsErrors.NoSubscription();
            var attributes = SubscriptionAttributes.Change(exchange, subscription, [KeyValuePair.Create(name, value)], isNew: false);
            if (name == TopicAttribute.FilterPolicy && subscription[name] is null && attributes.ContainsKey(name))
                SubscribeAction.CheckFilters(topic);
            await exchange.Context.Book.SaveAsync(topic, subscription with { Attributes = attributes });
        });
        exchange.Answer.Begin();
    }

    private static Subscription Find(SnsExchange exchange) => exchange.FindSubscriber()?.Subscription ?? throw SnsErrors.NoSubscription();

    private static SubscribedTopic TopicOf(SnsExchange exchange)
    {
        try
        {
            return exchange.Topic();
        }
        catch (AwsException e) when (e.Error == SnsErrors.NotFound)
        {
            throw SnsErrors.Invalid("Topic");
        }
    }

    private static bool IsToken(Subscription subscription, string token) =>
        subscription.Token is { } kept && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(kept), Encoding.UTF8.GetBytes(token));
}
