using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// Subscribes the queues of webhooks to their topics, in every region that has one of the name, and to those that are made later. What is published is
/// then in the queue with the publisher's commit, like in any subscribed queue; while that cannot be reached, the publisher is told to try again.
/// </summary>
internal sealed class WebhookTopics(TopicBook topics, WebhookBook webhooks, PosthornOptions options)
{
    private const int HashLength = 24;

    /// <summary>Brings the subscriptions to what the webhooks say.</summary>
    public async ValueTask SyncAsync()
    {
        await topics.Changing.WaitAsync();
        try
        {
            topics.Created = SubscribeAsync;
            foreach (var topic in topics.Topics.ToList())
            {
                foreach (var subscription in topic.Subscribers.Select(s => s.Subscription).Where(s => s.IsOfWebhook && !IsWanted(s)).ToList())
                    await topics.RemoveAsync(topics.Find(topic.Topic.Region, topic.Topic.Name)!, subscription);
                await SubscribeAsync(topics.Find(topic.Topic.Region, topic.Topic.Name)!);
            }
        }
        finally
        {
            topics.Changing.Release();
        }
    }

    private bool IsWanted(Subscription subscription) =>
        webhooks.All.Any(w => w.Topic == subscription.Topic && IdOf(w, subscription.Region) == subscription.Id && EndpointOf(w, subscription.Region) == subscription.Endpoint);

    private async ValueTask SubscribeAsync(SubscribedTopic topic)
    {
        var (region, name) = (topic.Topic.Region, topic.Topic.Name);
        foreach (var webhook in webhooks.All.Where(w => w.Topic == name))
        {
            var id = IdOf(webhook, region);
            var current = topics.Find(region, name)!;
            if (current.Subscribers.Any(s => s.Subscription.Id == id))
                continue;
            await topics.SaveAsync(current, new Subscription
            {
                Id = id,
                Region = region,
                Topic = name,
                Protocol = SubscriptionProtocol.Sqs,
                Endpoint = EndpointOf(webhook, region),
                Owner = topic.Topic.Owner,
                IsConfirmed = true,
                Attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [TopicAttribute.RawMessageDelivery] = "true" },
            });
        }
    }

    private string EndpointOf(WebhookOptions webhook, string region) => new QueueArn(region, options.Aws.Account, webhook.Queue.Value).ToString();

    /// <summary>The same at every start: a subscription is made once.</summary>
    private static string IdOf(WebhookOptions webhook, string region) =>
        Subscription.WebhookPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{webhook.Name}\n{webhook.Topic}\n{region}")))[..HashLength];
}
