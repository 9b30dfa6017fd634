using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Operate.Clustering;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>All topics and subscriptions: documents of the engine, read at the start, kept in memory from then on. The only one that writes them.</summary>
/// <remarks>
/// What another node changes is read again when it is told. Limits: two nodes that change the same topic within that moment each do it on what they knew; the later
/// one's stands.
/// </remarks>
internal sealed class TopicBook(IEngine engine, ICluster cluster) : IDisposable
{
    private const string TopicPrefix = "sns/topics/";
    private const string SubscriptionPrefix = "sns/subscriptions/";
    private const int KeyLengthMax = 255;

    /// <summary>Largest document, with room for what is not text.</summary>
    private const int DocumentBytesMax = 60 * 1024;

    private readonly ConcurrentDictionary<(string Region, string Name), SubscribedTopic> _topics = new();
    private readonly ConcurrentDictionary<string, Subscriber> _subscribers = new(StringComparer.Ordinal);
    private DocumentFollower? _follower; // since everything was read

    /// <summary>Held by who makes or changes a topic or a subscription: what it was is looked at first.</summary>
    public SemaphoreSlim Changing { get; } = new(1);

    /// <summary>Told of each topic that is made, by whoever holds <see cref="Changing"/>, before its maker is answered.</summary>
    public Func<SubscribedTopic, ValueTask>? Created { get; set; }

    /// <summary>All topics, by region and name.</summary>
    public IEnumerable<SubscribedTopic> Topics => _topics.OrderBy(t => t.Key.Region, StringComparer.Ordinal).ThenBy(t => t.Key.Name, StringComparer.Ordinal).Select(t => t.Value);

    /// <summary>All subscriptions, by id.</summary>
    public IEnumerable<Subscription> Subscriptions => _subscribers.Values.Select(s => s.Subscription).OrderBy(s => s.Id, StringComparer.Ordinal);

    /// <summary>Reads everything; before a request can come.</summary>
    public void Load()
    {
        _follower = new DocumentFollower(cluster, Changing, TakeUp);
        Read();
    }

    private void Read()
    {
        var subscribers = engine.Documents(SubscriptionPrefix)
            .Select(d => new Subscriber(JsonSerializer.Deserialize(d.Value.Span, TopicJson.Default.Subscription)!))
            .ToLookup(s => (s.Subscription.Region, s.Subscription.Topic));
        foreach (var (_, document) in engine.Documents(TopicPrefix))
        {
            var topic = JsonSerializer.Deserialize(document.Span, TopicJson.Default.Topic)!;
            Set(new SubscribedTopic(topic, [.. subscribers[(topic.Region, topic.Name)]]));
        }
    }

    private void TakeUp()
    {
        var topics = engine.Documents(TopicPrefix).Select(d => JsonSerializer.Deserialize(d.Value.Span, TopicJson.Default.Topic)!).Select(t => (t.Region, t.Name)).ToHashSet();
        var subscriptions = engine.Documents(SubscriptionPrefix).Select(d => d.Key[SubscriptionPrefix.Length..]).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _topics.Keys.Where(k => !topics.Contains(k)))
            _topics.TryRemove(gone, out _);
        foreach (var gone in _subscribers.Keys.Where(k => !subscriptions.Contains(k)))
            _subscribers.TryRemove(gone, out _);
        Read();
    }

    public SubscribedTopic? Find(string region, string name) => _topics.GetValueOrDefault((region, name));

    public Subscriber? FindSubscriber(string id) => _subscribers.GetValueOrDefault(id);

    /// <summary>Makes or changes a topic.</summary>
    public async ValueTask SaveAsync(Topic topic)
    {
        await engine.CommitAsync(new Commit().SetDocument(KeyOf(topic), Bytes(topic)));
        var former = Find(topic.Region, topic.Name);
        Set(new SubscribedTopic(topic, former?.Subscribers ?? []));
        if (former is null && Created is { } created)
            await created(Find(topic.Region, topic.Name)!);
    }

    /// <summary>Removes a topic with its subscriptions, as one commit.</summary>
    public async ValueTask DeleteAsync(SubscribedTopic topic)
    {
        var commit = new Commit().SetDocument(KeyOf(topic.Topic), null);
        foreach (var subscriber in topic.Subscribers)
            commit.SetDocument(SubscriptionPrefix + subscriber.Subscription.Id, null);
        await engine.CommitAsync(commit);
        _topics.TryRemove((topic.Topic.Region, topic.Topic.Name), out _);
        foreach (var subscriber in topic.Subscribers)
            _subscribers.TryRemove(subscriber.Subscription.Id, out _);
    }

    /// <summary>Makes or changes a subscription of a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="subscription">The subscription.</param>
    /// <param name="question">The message that asks for its confirmation, of the same commit; null for none.</param>
    public async ValueTask SaveAsync(SubscribedTopic topic, Subscription subscription, NewMessage? question = null)
    {
        var subscriber = new Subscriber(subscription);
        var commit = new Commit().SetDocument(SubscriptionPrefix + subscription.Id, Bytes(subscription));
        if (question is not null)
            commit.Add(question);
        await engine.CommitAsync(commit);
        _subscribers[subscription.Id] = subscriber;
        Set(new SubscribedTopic(topic.Topic, [.. topic.Subscribers.Where(s => s.Subscription.Id != subscription.Id), subscriber]));
    }

    /// <summary>Ends a subscription.</summary>
    public async ValueTask RemoveAsync(SubscribedTopic topic, Subscription subscription)
    {
        var changed = topic.Topic with { Ended = topic.Topic.Ended + 1 };
        await engine.CommitAsync(new Commit().SetDocument(SubscriptionPrefix + subscription.Id, null).SetDocument(KeyOf(changed), Bytes(changed)));
        _subscribers.TryRemove(subscription.Id, out _);
        Set(new SubscribedTopic(changed, [.. topic.Subscribers.Where(s => s.Subscription.Id != subscription.Id)]));
    }

    public void Dispose() => _follower?.Dispose();

    private void Set(SubscribedTopic topic)
    {
        _topics[(topic.Topic.Region, topic.Topic.Name)] = topic;
        foreach (var subscriber in topic.Subscribers)
            _subscribers[subscriber.Subscription.Id] = subscriber;
    }

    /// <summary>A topic's name may be longer than a document's key.</summary>
    private static string KeyOf(Topic topic)
    {
        var key = $"{TopicPrefix}{topic.Region}/{topic.Name}";
        return key.Length <= KeyLengthMax ? key : $"{TopicPrefix}{topic.Region}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topic.Name)))}";
    }

    private static byte[] Bytes(Topic topic) => Checked(JsonSerializer.SerializeToUtf8Bytes(topic, TopicJson.Default.Topic));

    private static byte[] Bytes(Subscription subscription) => Checked(JsonSerializer.SerializeToUtf8Bytes(subscription, TopicJson.Default.Subscription));

    private static byte[] Checked(byte[] document) => document.Length <= DocumentBytesMax
        ? document
        : throw SnsErrors.Invalid($"Attributes Reason: attributes and tags have at most {DocumentBytesMax} bytes together");
}
