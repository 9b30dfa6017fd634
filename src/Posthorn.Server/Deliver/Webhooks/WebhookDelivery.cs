using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Endpoints;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Delivers one leased message: the call, and the commit that says what became of it.</summary>
internal sealed class WebhookDelivery(IEngine engine, WebhookPoster poster, WebhookSettlement settlement, WebhookMetrics metrics, TimeProvider time)
{
    /// <param name="webhook">The webhook.</param>
    /// <param name="record">Where its calls are remembered.</param>
    /// <param name="group">The group it was leased by; null when all of the queue go to one endpoint.</param>
    /// <param name="leased">The message.</param>
    /// <param name="isProbe">Whether it tries a paused endpoint: then a failure does not count as an attempt.</param>
    /// <param name="aborting">Ends the call; the lease is given back by the caller.</param>
    /// <exception cref="CommitConflictException">Somebody took the message.</exception>
    public async Task<CallEnd> RunAsync(WebhookOptions webhook, WebhookRecord record, string? group, LeasedMessage leased, bool isProbe, CancellationToken aborting)
    {
        var message = leased.Message;
        if (!webhook.Url.TryExpand(message.Text, out var url, out var fault))
        {
            await settlement.GiveUpAsync(webhook, record, leased, fault);
            return CallEnd.NoCall;
        }
        var endpoint = UrlTemplate.EndpointOf(url);
        if (group is not null && LaneKey.Of(endpoint) != group)
        {
            // Its URL is another now: the webhook was changed, or the message was.
            await engine.CommitAsync(RegroupOf(leased, endpoint, new Commit()), CancellationToken.None);
            return CallEnd.NoCall;
        }
        await using var lease = new LeaseKeeper(engine, leased, webhook.LeaseTime, time);
        await using var reply = webhook.ReplyTo?.QueueFor(message) is null ? null : new ReplyBody(engine, webhook.ReplyBytesMax);
        var attempt = Math.Max(1, message.ReceiveCount);
        EndpointAnswer answer;
        metrics.Began(webhook.Name);
        try
        {
            answer = await poster.PostAsync(webhook, url, message, attempt, reply, aborting);
        }
        catch (BodyLostException e)
        {
            await settlement.GiveUpAsync(webhook, record, leased, e.Message);
            return CallEnd.NoCall;
        }
        finally
        {
            metrics.Ended(webhook.Name);
        }
        var verdict = VerdictOf(answer);
        await settlement.SettleAsync(new Call(webhook, record, leased, url, attempt, answer) { IsCounted = !isProbe || verdict == CallVerdict.Answers, IsGone = verdict == CallVerdict.Gone, Reply = reply });
        var rest = answer is { IsDone: false, Status: 429 or 503, RetryAfter: { } after } && after > TimeSpan.Zero ? after : (TimeSpan?)null;
        return new CallEnd(verdict, answer.Reason, rest);
    }

    /// <summary>Puts a message into the group of its endpoint; that it was leased for it does not count.</summary>
    public static Commit RegroupOf(LeasedMessage leased, string endpoint, Commit commit)
    {
        var message = leased.Message;
        var attributes = message.Group is { } group && !LaneKey.Is(group)
            ? new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [WebhookAttribute.Group] = group } : null;
        return commit.Release(leased, default, new MessageChanges { Group = LaneKey.Of(endpoint), ReceiveCount = Uncounted(message), Attributes = attributes });
    }

    /// <summary>The receive count of a message without its last receive.</summary>
    public static int Uncounted(Message message) => Math.Max(0, message.ReceiveCount - 1);

    /// <summary>
    /// What an answer says of the endpoint. These statuses speak of the message: whoever gives them has read it. Any other failure is one that the
    /// next message would meet too; a redirect is never followed and counts among them.
    /// </summary>
    private static CallVerdict VerdictOf(EndpointAnswer answer) => answer switch
    {
        { IsDone: true } => CallVerdict.Answers,
        { Status: 410 } => CallVerdict.Gone,
        { Status: 400 or 406 or 409 or 411 or 412 or 413 or 414 or 415 or 422 or 428 or 431 or 451 } => CallVerdict.Answers,
        _ => CallVerdict.Fails,
    };
}
