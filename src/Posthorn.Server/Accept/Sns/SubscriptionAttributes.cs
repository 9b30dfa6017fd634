using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sns.Filters;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>The attributes of a subscription: which can be set, to what, and how they are told.</summary>
internal static class SubscriptionAttributes
{
    private const string Subscribing = "Attributes Reason: ";

    /// <summary>A subscription's attributes with some set, checked together: a filter is read by its scope.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="subscription">The subscription as it is.</param>
    /// <param name="given">What is to be set; an empty value takes away.</param>
    /// <param name="isNew">Whether it is being made: the words of refusals differ.</param>
    /// <exception cref="AwsException">There is no such attribute, or it cannot have this value.</exception>
    public static IReadOnlyDictionary<string, string> Change(SnsExchange exchange, Subscription subscription, IReadOnlyList<KeyValuePair<string, string>> given, bool isNew)
    {
        var prefix = isNew ? Subscribing : "";
        var attributes = new Dictionary<string, string>(subscription.Attributes, StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            Check(exchange, subscription, name, value, prefix);
            if (value.Length == 0 || (name == TopicAttribute.FilterPolicy && value.Trim() is "{}"))
                attributes.Remove(name);
            else
                attributes[name] = value;
        }
        if (attributes.TryGetValue(TopicAttribute.FilterPolicy, out var filter))
            CheckFilter(filter, attributes.GetValueOrDefault(TopicAttribute.FilterPolicyScope), prefix);
        return attributes;
    }

    /// <summary>All attributes as clients are told them.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Shown(Subscription subscription, SubscribedTopic? topic, string account)
    {
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["SubscriptionArn"] = subscription.ArnOf(account).ToString(),
            ["TopicArn"] = subscription.ArnOf(account).Topic.ToString(),
            ["Protocol"] = subscription.Protocol,
            ["Endpoint"] = subscription.Endpoint,
            ["Owner"] = account,
            ["PendingConfirmation"] = subscription.IsConfirmed ? "false" : "true",
            ["ConfirmationWasAuthenticated"] = subscription.WasConfirmedSigned ? "true" : "false",
            [TopicAttribute.RawMessageDelivery] = "false",
            ["SubscriptionPrincipal"] = $"arn:aws:iam::{account}:user/{subscription.Owner}",
        };
        if (SubscriptionProtocol.IsHttp(subscription.Protocol))
            shown["EffectiveDeliveryPolicy"] = subscription[TopicAttribute.DeliveryPolicy] ?? topic?.Topic[TopicAttribute.DeliveryPolicy] ?? TopicAttributes.DefaultDeliveryPolicy;
        foreach (var (name, value) in subscription.Attributes)
            if (name != TopicAttribute.FilterPolicyScope)
                shown[name] = value;
        if (subscription[TopicAttribute.FilterPolicy] is not null)
            shown[TopicAttribute.FilterPolicyScope] = subscription[TopicAttribute.FilterPolicyScope] ?? nameof(FilterScope.MessageAttributes);
        return shown;
    }

    private static void Check(SnsExchange exchange, Subscription subscription, string name, string value, string prefix)
    {
        switch (name)
        {
            case TopicAttribute.RawMessageDelivery:
                if (value is not ("true" or "false"))
                    throw SnsErrors.Invalid($"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false.");
                if (value == "true" && subscription.Protocol != SubscriptionProtocol.Sqs && !SubscriptionProtocol.IsHttp(subscription.Protocol))
                    throw SnsErrors.Invalid($"{prefix}RawMessageDelivery: Not supported by the protocol {subscription.Protocol}");
                break;
            case TopicAttribute.FilterPolicyScope:
                if (value is not (nameof(FilterScope.MessageAttributes) or nameof(FilterScope.MessageBody)))
                    throw SnsErrors.Invalid($"{prefix}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes");
                break;
            case TopicAttribute.DeliveryPolicy:
                TopicAttributes.CheckDeliveryPolicy(value, isTopic: false, prefix);
                break;
            case TopicAttribute.RedrivePolicy:
                if (value.Length > 0)
                    CheckRedrive(exchange, subscription, value, prefix);
                break;
            case TopicAttribute.FilterPolicy or TopicAttribute.SubscriptionRoleArn:
                break;
            default:
                throw SnsErrors.Invalid(prefix.Length > 0 ? $"{prefix}Unknown attribute: {name}" : "AttributeName");
        }
    }

    private static void CheckFilter(string filter, string? scope, string prefix)
    {
        try
        {
            FilterPolicy.Parse(filter, scope == nameof(FilterScope.MessageBody) ? FilterScope.MessageBody : FilterScope.MessageAttributes);
        }
        catch (FilterPolicyException e)
        {
            throw SnsErrors.Invalid(e.IsWhole ? e.Message : $"{prefix}FilterPolicy: {e.Message}");
        }
    }

    private static void CheckRedrive(SnsExchange exchange, Subscription subscription, string value, string prefix)
    {
        if (!QueueArn.TryParse(Subscriber.DeadLettersOf(value), out var arn) || arn.Account != exchange.Account || !QueueName.TryParse(arn.Name, out var name, out _))
            throw SnsErrors.Invalid($"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn");
        if (exchange.Context.Queues.TryFind(name) is not { } queue)
            throw SnsErrors.Invalid($"{prefix}RedrivePolicy: deadLetterTargetArn names no queue");
        CheckAccess(exchange, name);
        var isFifo = subscription.Protocol == SubscriptionProtocol.Sqs && TopicArn.IsFifoName(subscription.Topic) && TopicArn.IsFifoName(subscription.Endpoint);
        if (queue.IsFifo != isFifo)
            throw SnsErrors.Invalid($"{prefix}RedrivePolicy: the dead-letter queue must be a {(isFifo ? "FIFO" : "standard")} queue");
    }

    /// <exception cref="AwsException">The queue is not the caller's to use.</exception>
    public static void CheckAccess(SnsExchange exchange, QueueName queue)
    {
        if (!exchange.Context.Queues.MayUse(queue, exchange.Caller))
            throw new AwsException(SnsErrors.AuthorizationError, $"Not authorized: access to the queue {queue} is denied");
    }
}
