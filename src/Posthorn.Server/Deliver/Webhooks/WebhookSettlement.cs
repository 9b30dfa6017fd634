using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Commits what became of a message, and tells the timeline, the metrics and the log.</summary>
/// <remarks>
/// Diagnostics: an answer that finds its queue full, or the disk, makes the call a failure: the message is posted again, and its receiver knows it by its id.
/// </remarks>
internal sealed class WebhookSettlement(IEngine engine, ITimeline timeline, WebhookMetrics metrics, WebhookLog log, TimeProvider time, Random random)
{
    /// <summary>The longest Retry-After that is believed.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(1);

    /// <summary>How long a reply queue that is full is waited for, within the lease.</summary>
    private static readonly TimeSpan s_roomWait = TimeSpan.FromSeconds(5);

    public async Task SettleAsync(Call call)
    {
        if (!call.Answer.IsDone)
        {
            await FailAsync(call, call.Answer.Reason);
            return;
        }
        try
        {
            var commit = new Commit { RoomWait = s_roomWait };
            var reply = Reply(call, commit);
            var result = await engine.CommitAsync(commit.Remove(call.Leased), CancellationToken.None);
            Tell(call, WebhookOutcome.Delivered, call.Answer.Reason, null);
            Record(call, TimelineKind.Delivered, $"to {call.Endpoint} by webhook {call.Webhook.Name}");
            if (reply is { } queue)
                timeline.Record(new TimelineEvent(TimelineKind.Queued, result.Added[0].Id, call.Leased.Message.Origin, queue.Value, $"the answer of {call.Endpoint}"));
        }
        catch (Exception e) when (e is QueueFullException or StorageFullException)
        {
            await FailAsync(call, $"{call.Answer.Reason}, and its answer could not be kept: {e.Message}");
        }
    }

    /// <summary>Makes a dead letter of a message that cannot be posted at all.</summary>
    public async Task GiveUpAsync(WebhookOptions webhook, WebhookRecord record, LeasedMessage leased, string reason)
    {
        var message = leased.Message;
        var commit = new Commit();
        var queue = AddDeadLetter(leased, reason, commit);
        await engine.CommitAsync(commit, CancellationToken.None);
        record.AddDeadLetter();
        log.GivenUp(webhook.Name, message.Id, queue, reason);
        timeline.Record(new TimelineEvent(TimelineKind.DeadLettered, message.Id, message.Origin, queue, $"by webhook {webhook.Name}: {reason}"));
    }

    private async Task FailAsync(Call call, string reason)
    {
        var (webhook, leased) = (call.Webhook, call.Leased);
        var message = leased.Message;
        if (call.IsCounted && !call.IsGone && IsLast(webhook, message, call.Attempt))
        {
            Tell(call, WebhookOutcome.DeadLettered, reason, null);
            await GiveUpAsync(webhook, call.Record, leased, $"attempt {call.Attempt} of {webhook.AttemptsMax}, {call.Endpoint}: {reason}");
            return;
        }
        var delay = webhook.Schedule.DelayFor(call.Attempt, webhook.Jitter, random);
        if (call.Answer.RetryAfter is { } after && after > delay)
            delay = after < RetryAfterMax ? after : RetryAfterMax;
        var counts = call.IsCounted && !call.IsGone;
        var changes = new MessageChanges { LastError = reason, ReceiveCount = counts ? null : WebhookDelivery.Uncounted(message) };
        await engine.CommitAsync(new Commit().Release(leased, delay, changes), CancellationToken.None);
        Tell(call, counts ? WebhookOutcome.Deferred : WebhookOutcome.Waits, reason, time.GetUtcNow() + delay);
        Record(call, TimelineKind.Deferred, $"for {delay.TotalSeconds:0.#} s{(counts ? "" : ", not counted")}: {reason}");
    }

    private bool IsLast(WebhookOptions webhook, Message message, int attempt) =>
        attempt >= webhook.AttemptsMax || message.ReceiveCount >= engine.Status(message.Queue)?.Policy.ReceivesMax;

    /// <summary>Adds the answer to a commit.</summary>
    /// <returns>The queue it goes to; null when nobody wants it.</returns>
    private static QueueName? Reply(Call call, Commit commit)
    {
        var message = call.Leased.Message;
        if (call.Reply is not { } reply || call.Webhook.ReplyTo?.QueueFor(message) is not { } queue)
            return null;
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [WebhookAttribute.CorrelationId] = AttributeValue.Of(message.Id.ToString(), "String"), [WebhookAttribute.StatusCode] = AttributeValue.Of(call.Answer.Code, "Number"),
        };
        if (call.Answer.ContentType is { } type)
            attributes[WebhookAttribute.ContentType] = AttributeValue.Of(type, "String");
        commit.Add(new NewMessage { Queue = queue, Content = reply.Body, Attributes = attributes, Origin = message.Origin, AcceptedAt = message.AcceptedAt });
        return queue;
    }

    private QueueName AddDeadLetter(LeasedMessage leased, string reason, Commit commit)
    {
        var message = leased.Message;
        var queue = WebhookDeadLetters.Of(engine, message.Queue);
        var attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MessageAttributes.DeadLetterSource] = message.Queue.Value };
        string? group = null;
        if (message.Group is { } lane && LaneKey.Is(lane))
            (group, attributes[WebhookAttribute.Group]) = (message.Text(WebhookAttribute.Group) ?? "", null);
        commit.Move(leased, queue, new MessageChanges { LastError = reason, Attributes = attributes, Group = group });
        return queue;
    }

    private void Tell(Call call, WebhookOutcome outcome, string reason, DateTimeOffset? nextAt)
    {
        var (answer, message) = (call.Answer, call.Leased.Message);
        metrics.Attempted(call.Webhook.Name, outcome, answer.Took);
        log.Attempted(call.Webhook.Name, message.Id, call.Endpoint, call.Attempt, reason, (long)answer.Took.TotalMilliseconds);
        var excerpt = answer.Excerpt.Length > 0 ? $": {answer.Excerpt}" : "";
        timeline.RecordStay(call.Leased, time.GetUtcNow() - answer.Took);
        Record(call, TimelineKind.Attempted, $"{call.Endpoint}, attempt {call.Attempt}: {answer.Reason} in {answer.Took.TotalMilliseconds:0} ms{excerpt}");
        call.Record.Add(new WebhookAttempt
        {
            At = time.GetUtcNow(),
            Message = message.Id.ToString(),
            Endpoint = call.Endpoint,
            Number = call.Attempt,
            Outcome = outcome,
            Status = answer.Status,
            Reason = reason,
            Took = answer.Took,
            Answer = answer.Excerpt.Length > 0 ? answer.Excerpt : null,
            NextAt = nextAt,
        });
    }

    private void Record(Call call, TimelineKind kind, string detail)
    {
        var message = call.Leased.Message;
        timeline.Record(new TimelineEvent(kind, message.Id, message.Origin, message.Queue.Value, detail) { Peer = kind == TimelineKind.Attempted ? call.Url.Authority : null });
    }
}
