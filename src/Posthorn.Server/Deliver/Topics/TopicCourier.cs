using System.Globalization;
using Microsoft.Extensions.Hosting;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Sns.Notifications;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Endpoints;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Outages;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>Works off what topics could not deliver at once: posts it to endpoints, and moves it to queues that were full.</summary>
/// <remarks>
/// Each subscription is a lane of its own, with a few deliveries at a time: an endpoint that hangs holds nobody else up.
/// Diagnostics: a failure that may pass is tried again by the delivery policy; any other goes to the subscription's dead-letter queue, or is dropped and
/// counted where there is none. A message whose subscription ended is dropped. When the engine is out of service the courier ends.
/// Limits: <see cref="LanesMax"/> lanes at once; further ones wait.
/// </remarks>
internal sealed class TopicCourier(
    IEngine engine, TopicBook book, PosthornOptions options, EndpointClients endpoints, ITimeline timeline, ICluster cluster, TimeProvider time, TopicMetrics metrics, TopicLog log)
    : BackgroundService
{
    private const int LanesMax = 256;
    private const int AtOnceMax = 8;

    /// <summary>Longer than an endpoint may take.</summary>
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    /// <summary>After a failure of its own, so that it does not spin.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a full queue is waited for: as Amazon does.</summary>
    private static readonly TimeSpan s_queuePatience = TimeSpan.FromDays(23);

    private readonly EndpointClient _endpoints = endpoints.For(options.Aws.AllowsPrivateEndpoints);
    private readonly SemaphoreSlim _lanes = new(LanesMax);

    /// <summary>The lanes at work, and whether each was announced again meanwhile.</summary>
    private readonly Dictionary<string, bool> _atWork = new(StringComparer.Ordinal);

    public override void Dispose()
    {
        _lanes.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new HashSet<Task>();
        try
        {
            await Outage.SitOutAsync(MakeQueueAsync, time, stoppingToken);
            var ready = new OwnedGroups(engine, cluster, SpoolQueues.TopicDeliveries, time);
            await foreach (var group in ready.ReadAllAsync(stoppingToken))
            {
                // A subscription's lane, and with it its rate, is one node's.
                if (!IsOwn(group))
                {
                    ready.PassOver();
                    continue;
                }
                if (!TryBegin(group))
                    continue; // at work: announced again because the cluster changed
                await _lanes.WaitAsync(stoppingToken);
                running.RemoveWhere(t => t.IsCompleted);
                running.Add(Task.Run(() => RunLaneAsync(group, stoppingToken), CancellationToken.None));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; what is leased comes back with the next start.
        }
        catch (EngineFailedException e)
        {
            log.CourierEnded(e);
        }
        await Task.WhenAll(running);
    }

    private async Task MakeQueueAsync(CancellationToken cancellationToken)
    {
        if (engine.Status(SpoolQueues.TopicDeliveries) is null)
            await engine.CommitAsync(new Commit().MakeQueue(SpoolQueues.TopicDeliveries, QueuePolicy.Default), cancellationToken);
    }

    private async Task RunLaneAsync(string group, CancellationToken stopping)
    {
        var hasEnded = false;
        try
        {
            do
            {
                while (!stopping.IsCancellationRequested && IsOwn(group) && await TryRunAsync(group, stopping))
                {
                    // There may be more.
                }
            }
            while (!(hasEnded = TryEnd(group, stopping)));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // As in ExecuteAsync.
        }
        catch (EngineFailedException e)
        {
            log.CourierEnded(e);
        }
        finally
        {
            // In order, it is another one's by now, should the group have been announced again.
            if (!hasEnded)
            {
                lock (_atWork)
                    _atWork.Remove(group);
            }
            _lanes.Release();
        }
    }

    private bool IsOwn(string group) => cluster.View.IsOwn($"topic/{group}");

    private bool TryBegin(string group)
    {
        lock (_atWork)
        {
            if (_atWork.TryAdd(group, false))
                return true;
            _atWork[group] = true;
            return false;
        }
    }

    /// <returns>False when the lane was announced again.</returns>
    private bool TryEnd(string group, CancellationToken stopping)
    {
        lock (_atWork)
        {
            if (_atWork[group] && !stopping.IsCancellationRequested && IsOwn(group))
            {
                _atWork[group] = false;
                return false;
            }
            return _atWork.Remove(group);
        }
    }

    /// <summary>Delivers what is ready of a subscription.</summary>
    /// <returns>Whether there may be more; when not, the engine announces the lane again.</returns>
    private async Task<bool> TryRunAsync(string group, CancellationToken stopping)
    {
        var rate = Retries(book.FindSubscriber(group)).RatePerSecondMax;
        var request = new LeaseRequest { MessagesMax = Math.Min(AtOnceMax, rate ?? AtOnceMax), Group = group, VisibilityTimeout = s_lease };
        var begun = time.GetTimestamp();
        IReadOnlyList<LeasedMessage> leased;
        try
        {
            leased = await engine.LeaseAsync(SpoolQueues.TopicDeliveries, request, stopping);
        }
        catch (EngineUnavailableException e)
        {
            log.LaneFailed(group, e);
            await Task.Delay(s_pause, time, stopping);
            return true;
        }
        try
        {
            await Task.WhenAll(leased.Select(m => DeliverAsync(m, stopping)));
        }
        catch (Exception e) when (e is not (OperationCanceledException or EngineFailedException))
        {
            // A full disk, say. What was held comes back when its lease ends; the lane must not end before the engine will announce it again.
            log.LaneFailed(group, e);
            await Task.Delay(s_pause, time, stopping);
        }
        if (leased.Count < request.MessagesMax)
            return false;
        if (rate is { } perSecond && TimeSpan.FromSeconds(leased.Count / (double)perSecond) - time.GetElapsedTime(begun) is { Ticks: > 0 } rest)
            await Task.Delay(rest, time, stopping);
        return true;
    }

    private async Task DeliverAsync(LeasedMessage leased, CancellationToken stopping)
    {
        try
        {
            if (book.FindSubscriber(leased.Message.Group ?? "") is not { } subscriber)
                await EndAsync(leased, new Commit().Remove(leased), TimelineKind.Removed, "its subscription ended");
            else if (subscriber.Queue is { } queue)
                await MoveAsync(leased, subscriber, queue);
            else
                await PostAsync(leased, subscriber, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It stays where it is.
        }
        catch (CommitConflictException)
        {
            // An administrator took it, or the lease ended: it is somebody else's now.
        }
    }

    private async Task MoveAsync(LeasedMessage leased, Subscriber subscriber, QueueName queue)
    {
        if (engine.Status(queue) is null)
        {
            await FailAsync(leased, subscriber, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
            return;
        }
        try
        {
            var changes = new MessageChanges { Attributes = Without(DeliveryAttribute.All), Group = leased.Message.Text(DeliveryAttribute.Group) ?? "", LastError = "" };
            await EndAsync(leased, new Commit().Move(leased, queue, changes), TimelineKind.Queued, $"in {queue}, which has room again");
            metrics.Attempted(isDone: true);
        }
        catch (QueueFullException e)
        {
            metrics.Attempted(isDone: false);
            var attempts = AttemptsOf(leased.Message);
            if (e.IsMessageTooLarge || time.GetUtcNow() - leased.Message.AcceptedAt > s_queuePatience)
                await FailAsync(leased, subscriber, "InvalidParameterValue", e.Message);
            else
                await RetryAsync(leased, TimeSpan.FromSeconds(Math.Min(20, Math.Pow(2, Math.Min(attempts, 5)))), attempts + 1, e.Message);
        }
    }

    private async Task PostAsync(LeasedMessage leased, Subscriber subscriber, CancellationToken stopping)
    {
        var message = leased.Message;
        var retries = Retries(subscriber);
        await using var body = await engine.OpenAsync(message.Content, stopping);
        var post = new EndpointPost(new Uri(subscriber.Subscription.Endpoint), body, retries.ContentType)
        {
            Headers = HeadersOf(message, subscriber.Subscription), UserAgent = "Amazon Simple Notification Service Agent",
        };
        var answer = await _endpoints.PostAsync(post, stopping);
        if (answer.Code == EndpointAnswer.PrivateAddress)
            answer = answer with { Reason = answer.Reason + "; 'aws: { private-endpoints: true }' in the configuration allows such endpoints" };
        metrics.Attempted(answer.IsDone);
        timeline.Record(Event(message, TimelineKind.Attempted, $"{subscriber.Subscription.Endpoint}: {answer.Reason}"));
        var attempts = AttemptsOf(message) + 1;
        if (answer.IsDone)
            await EndAsync(leased, new Commit().Remove(leased), TimelineKind.Delivered, $"to {subscriber.Subscription.Endpoint}");
        else if (answer.IsTransient && retries.Delay(attempts) is { } delay)
            await RetryAsync(leased, delay, attempts, answer.Reason);
        else
            await FailAsync(leased, subscriber, answer.Code, answer.Reason);
    }

    private List<KeyValuePair<string, string>> HeadersOf(Message message, Subscription subscription)
    {
        var type = message.Text(DeliveryAttribute.Type) ?? "Notification";
        var arn = subscription.ArnOf(options.Aws.Account);
        var headers = new List<KeyValuePair<string, string>>
        {
            KeyValuePair.Create("x-amz-sns-message-type", type),
            KeyValuePair.Create("x-amz-sns-message-id", message.Text(DeliveryAttribute.MessageId) ?? message.Id.ToString()),
            KeyValuePair.Create("x-amz-sns-topic-arn", arn.Topic.ToString()),
        };
        if (type == "Notification")
            headers.Add(KeyValuePair.Create("x-amz-sns-subscription-arn", arn.ToString()));
        if (message.Text(DeliveryAttribute.IsRaw) == "1")
            headers.Add(KeyValuePair.Create("x-amz-sns-rawdelivery", "true"));
        return headers;
    }

    private DeliveryPolicy Retries(Subscriber? subscriber) => subscriber is null ? DeliveryPolicy.Default
        : book.Find(subscriber.Subscription.Region, subscriber.Subscription.Topic) is { } topic ? topic.RetriesOf(subscriber) : subscriber.Retries ?? DeliveryPolicy.Default;

    private async Task RetryAsync(LeasedMessage leased, TimeSpan delay, int attempts, string reason)
    {
        var changes = new MessageChanges
        {
            LastError = reason,
            Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [DeliveryAttribute.Attempts] = attempts.ToString(CultureInfo.InvariantCulture) },
        };
        await EndAsync(leased, new Commit().Release(leased, delay, changes), TimelineKind.Deferred, $"for {delay.TotalSeconds} s: {reason}");
    }

    /// <summary>Ends in the dead-letter queue, or nowhere.</summary>
    private async Task FailAsync(LeasedMessage leased, Subscriber subscriber, string code, string reason)
    {
        metrics.Failed();
        if (subscriber.DeadLetters is not { } queue || engine.Status(queue) is null)
        {
            log.Dropped(leased.Message.Id, subscriber.Subscription.Id, subscriber.Subscription.Endpoint, reason);
            await EndAsync(leased, new Commit().Remove(leased), TimelineKind.Removed, $"given up, and there is no dead-letter queue: {reason}");
            return;
        }
        var attributes = Without(DeliveryAttribute.All);
        foreach (var (name, value) in FanOut.Failure(leased.Message.Text(DeliveryAttribute.MessageId) ?? leased.Message.Id.ToString(), code, reason))
            attributes[name] = value;
        var changes = new MessageChanges { Attributes = attributes, Group = leased.Message.Text(DeliveryAttribute.Group) ?? "", LastError = reason };
        try
        {
            await EndAsync(leased, new Commit().Move(leased, queue, changes), TimelineKind.DeadLettered, $"in {queue}: {reason}");
        }
        catch (QueueFullException e)
        {
            await RetryAsync(leased, TimeSpan.FromSeconds(20), AttemptsOf(leased.Message), $"{reason}; and the dead-letter queue: {e.Message}");
        }
    }

    private async Task EndAsync(LeasedMessage leased, Commit commit, TimelineKind kind, string detail)
    {
        await engine.CommitAsync(commit, CancellationToken.None);
        timeline.Record(Event(leased.Message, kind, detail));
    }

    private static TimelineEvent Event(Message message, TimelineKind kind, string detail) => new(kind, message.Id, message.Origin, SpoolQueues.TopicDeliveries.Value, detail);

    private static int AttemptsOf(Message message) => int.TryParse(message.Text(DeliveryAttribute.Attempts), NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) ? attempts : 0;

    private static Dictionary<string, AttributeValue?> Without(IReadOnlyList<string> names) => names.ToDictionary(n => n, _ => (AttributeValue?)null, StringComparer.Ordinal);
}
