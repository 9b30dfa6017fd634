using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>Publishes: all that subscribers get of a request is one commit, durable when the publisher is told.</summary>
/// <remarks>
/// Diagnostics: a queue that is full holds nobody up: what it should get waits in <see cref="SpoolQueues.TopicDeliveries"/> and is moved when there is room.
/// Limits: what waited so comes behind what was published later, in a FIFO queue too.
/// </remarks>
internal sealed class TopicPublisher(IEngine engine, FanOut fanOut, PublishedBefore before, TopicSigning signing, ITimeline timeline, TimeProvider time, TopicMetrics metrics) : IDisposable
{
    // Held while messages of FIFO topics get their numbers and their commit is handed over: so commits are in the order of the numbers.
    private readonly SemaphoreSlim _ordering = new(1);

    /// <summary>Publishes messages that were checked, in their order.</summary>
    /// <exception cref="Posthorn.Protocols.Aws.AwsException">One has the structure <c>json</c> and is not; nothing was published.</exception>
    /// <exception cref="StorageFullException">No space; nothing was published.</exception>
    public async ValueTask<IReadOnlyList<Published>> PublishAsync(SubscribedTopic topic, IReadOnlyList<SnsMessage> messages, Publisher publisher, CancellationToken cancellationToken)
    {
        if (topic.Topic.IsFifo)
            return await PublishInOrderAsync(topic, messages, publisher, cancellationToken);
        var signer = await signing.SignerAsync(publisher.BaseUrl, topic.Topic[TopicAttribute.SignatureVersion]);
        var (arn, now) = (topic.Topic.ArnOf(publisher.AccountNumber).ToString(), time.GetUtcNow());
        var publications = messages.Select(m => new Publication(m, new Published(Guid.NewGuid().ToString(), null), arn, now, signer)).ToList();
        var deliveries = new List<TopicDelivery>();
        foreach (var publication in publications)
            fanOut.Add(topic, publication, publisher, deliveries);
        await CommitAsync(deliveries, [], topic.Topic, publisher, cancellationToken);
        metrics.Published(messages.Count);
        return [.. publications.Select(p => p.Published)];
    }

    public void Dispose() => _ordering.Dispose();

    private async ValueTask<IReadOnlyList<Published>> PublishInOrderAsync(
        SubscribedTopic topic, IReadOnlyList<SnsMessage> messages, Publisher publisher, CancellationToken cancellationToken)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (answers, waits, begun) = (new List<Published>(), new List<Task>(), new List<string>());
        ValueTask committing;
        await _ordering.WaitAsync(cancellationToken);
        try
        {
            var (arn, now) = (topic.Topic.ArnOf(publisher.AccountNumber).ToString(), time.GetUtcNow());
            var (deliveries, entries) = (new List<TopicDelivery>(), new List<NewMessage>());
            foreach (var message in messages)
            {
                var key = PublishedBefore.KeyOf(topic.Topic, message);
                if (before.Find(key) is { } known)
                {
                    answers.Add(known.Published);
                    waits.Add(known.Done);
                    continue;
                }
                var published = before.Begin(key, durable.Task);
                begun.Add(key);
                answers.Add(published);
                fanOut.Add(topic, new Publication(message, published, arn, now, signer: null), publisher, deliveries);
                entries.Add(PublishedBefore.EntryOf(key, published));
            }
            committing = CommitAsync(deliveries, entries, topic.Topic, publisher, CancellationToken.None);
        }
        catch (Exception e)
        {
            Undo(begun, durable, e);
            throw;
        }
        finally
        {
            _ordering.Release();
        }
        try
        {
            await committing;
            durable.TrySetResult();
        }
        catch (Exception e)
        {
            Undo(begun, durable, e);
            throw;
        }
        await Task.WhenAll(waits);
        metrics.Published(begun.Count);
        return answers;
    }

    private void Undo(List<string> begun, TaskCompletionSource durable, Exception why)
    {
        foreach (var key in begun)
            before.Undo(key);
        durable.TrySetException(why);
        _ = durable.Task.Exception; // seen, whether a duplicate waits for it or not
    }

    private async ValueTask CommitAsync(List<TopicDelivery> deliveries, List<NewMessage> entries, Topic topic, Publisher publisher, CancellationToken cancellationToken)
    {
        while (deliveries.Count + entries.Count > 0)
        {
            var commit = new Commit();
            foreach (var delivery in deliveries)
                commit.Add(delivery.Message);
            foreach (var entry in entries)
                commit.Add(entry);
            try
            {
                var result = await engine.CommitAsync(commit, cancellationToken);
                Record(deliveries, result, topic, publisher);
                return;
            }
            catch (QueueFullException e)
            {
                if (!Defer(deliveries, e))
                    throw;
            }
        }
    }

    private static bool Defer(List<TopicDelivery> deliveries, QueueFullException full)
    {
        var hasDeferred = false;
        for (var i = 0; i < deliveries.Count; i++)
        {
            if (deliveries[i].Message.Queue != full.Queue || deliveries[i].Subscriber.Queue is null)
                continue;
            deliveries[i] = deliveries[i].Deferred(full.Message);
            hasDeferred = true;
        }
        return hasDeferred;
    }

    private void Record(List<TopicDelivery> deliveries, CommitResult result, Topic topic, Publisher publisher)
    {
        var detail = $"by sns from account {publisher.Account}, topic {topic.Name}";
        for (var i = 0; i < deliveries.Count; i++)
        {
            if (result.Added[i].IsDuplicate)
                continue;
            var (delivery, id) = (deliveries[i], result.Added[i].Id);
            timeline.Record(new TimelineEvent(TimelineKind.Accepted, id, id, delivery.Message.Queue.Value, $"{detail}, for {delivery.Subscriber.Subscription.Protocol}:{delivery.Subscriber.Subscription.Endpoint}")
            {
                MessageIdField = delivery.Publication.Published.MessageId,
                Sender = delivery.Message.Envelope.Sender,
                Recipients = [.. delivery.Message.Envelope.Recipients.Select(r => r.Address)],
                Peer = publisher.Peer,
            });
        }
    }
}
