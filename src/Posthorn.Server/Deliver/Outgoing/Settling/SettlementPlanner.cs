using System.Globalization;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Outgoing.Settling;

/// <summary>
/// Decides what follows from the results of an attempt. Each recipient ends in exactly one place, and all of it is one commit: who was delivered or refused is never
/// tried again, who waits keeps the message, who failed is bounced and kept as a dead letter.
/// </summary>
internal sealed class SettlementPlanner(OutgoingOptions options, IBounceWriter bounces, TimeProvider time, Random random)
{
    /// <param name="message">The message as it was leased.</param>
    /// <param name="reference">How the commit names it: by its lease, or by its id when nobody works on it.</param>
    /// <param name="results">One result for each of its recipients.</param>
    /// <param name="mayAdd">False when there is no space: what would need a bounce or a dead letter waits instead, what was delivered is settled all the same.</param>
    /// <param name="cancellationToken">Ends the planning; nothing has happened then.</param>
    public async ValueTask<Settlement> PlanAsync(
        Message message, MessageReference reference, IReadOnlyList<RecipientResult> results, bool mayAdd, CancellationToken cancellationToken)
    {
        if (IsPlainSuccess(results))
            return PlainSuccess(message, reference, results);
        var draft = new SettlementDraft(message, reference, Judged(message, results, mayAdd));
        Tell(draft.Events, message, draft.Results);
        await SettleMessageAsync(draft, mayAdd, cancellationToken);
        await SettleFailedAsync(draft, cancellationToken);
        var relayed = draft.Delivered.Where(r => r.IsRelayedWithoutDsn && r.Recipient.Notify.HasFlag(DsnNotify.Success)).ToList();
        if (relayed.Count > 0 && mayAdd)
            await NotifyAsync(draft, relayed, DsnAction.Relayed, cancellationToken);
        return draft.ToSettlement();
    }

    // What is too old does not wait any longer, and without space nothing that needs a message of its own happens.
    private IReadOnlyList<RecipientResult> Judged(Message message, IReadOnlyList<RecipientResult> results, bool mayAdd)
    {
        if (time.GetUtcNow() >= MailAge.GiveUpAt(message, options.GiveUpAfter))
            results = results.Select(r => r.Outcome == RecipientOutcome.Deferred ? GivenUp(r) : r).ToList();
        if (!mayAdd)
            results = results.Select(r => r.Outcome is RecipientOutcome.Failed or RecipientOutcome.Held ? r with { Outcome = RecipientOutcome.Deferred } : r).ToList();
        return results;
    }

    // The message itself goes on with those who wait, else with those who are held, else with those who failed; the others get messages of their own, which share its body.
    private async ValueTask SettleMessageAsync(SettlementDraft draft, bool mayAdd, CancellationToken cancellationToken)
    {
        var (message, reference, commit) = (draft.Message, draft.Reference, draft.Commit);
        if (draft.Results.Count == 0)
            commit.Release(reference, default, new MessageChanges { IsHeld = true, LastError = "it has no recipients: there is nowhere to send it" });
        else if (draft.Waiting.Count > 0)
            await WaitAsync(draft, mayAdd, cancellationToken);
        else if (draft.Held.Count > 0)
            commit.Release(reference, default, new MessageChanges { IsHeld = true, Envelope = EnvelopeOf(message, draft.Held), LastError = Say(draft.Held) });
        else if (draft.Failed.Count > 0 && options.DeadLetters)
            commit.Move(reference, SpoolQueues.DeadLetters, Dead(message, draft.Failed));
        else
            commit.Remove(reference);

        if (draft.Held.Count > 0 && draft.Waiting.Count > 0)
            draft.Add(Copy(message, draft.Held) with { Queue = message.Queue, Group = message.Group, IsHeld = true });
        if (draft.Failed.Count > 0 && options.DeadLetters && (draft.Waiting.Count > 0 || draft.Held.Count > 0))
            draft.Add(DeadCopy(message, draft.Failed));
    }

    private async ValueTask SettleFailedAsync(SettlementDraft draft, CancellationToken cancellationToken)
    {
        if (draft.Failed.Count == 0)
            return;
        await NotifyAsync(draft, draft.Failed, DsnAction.Failed, cancellationToken);
        draft.Events.Add(Event(TimelineKind.Bounced, draft.Message, draft.Failed, Say(draft.Failed)));
        if (options.DeadLetters)
            draft.Events.Add(Event(TimelineKind.DeadLettered, draft.Message, draft.Failed, Say(draft.Failed)) with { Queue = SpoolQueues.DeadLetters });
    }

    private async ValueTask WaitAsync(SettlementDraft draft, bool mayAdd, CancellationToken cancellationToken)
    {
        var (message, deferred, now) = (draft.Message, draft.Deferred, time.GetUtcNow());
        if (deferred.Count == 0)
        {
            draft.Commit.Release(draft.Reference, UntilGivenUp(message, draft.Results.Max(r => r.WaitFor), now), new MessageChanges { Envelope = WaitingEnvelope(draft) });
            return;
        }

        var attempts = OutgoingGroup.FailedAttempts(message) + 1;
        var delay = UntilGivenUp(message, DelayAfter(attempts, deferred), now);
        var attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MailAttributes.Attempts] = attempts.ToString(CultureInfo.InvariantCulture) };
        if (mayAdd && MailAge.IsWarningDue(message, options, now))
        {
            attributes[MailAttributes.DelayWarning] = "sent";
            await NotifyAsync(draft, deferred, DsnAction.Delayed, cancellationToken);
        }

        draft.Commit.Release(draft.Reference, delay, new MessageChanges
        {
            Envelope = WaitingEnvelope(draft),
            Attributes = attributes,
            LastError = Say(deferred),
            Group = GroupOf(message, OutgoingGroup.LaneAfter(attempts)),
        });
        draft.Events.Add(Event(TimelineKind.Deferred, message, deferred, $"attempt {attempts} failed; the next one at {(now + delay).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
    }

    // The last attempt is made when the time is up, not after it.
    private TimeSpan UntilGivenUp(Message message, TimeSpan delay, DateTimeOffset now)
    {
        var giveUpAt = MailAge.GiveUpAt(message, options.GiveUpAfter);
        if (now + delay <= giveUpAt)
            return delay;
        return giveUpAt > now ? giveUpAt - now : TimeSpan.Zero;
    }

    private async ValueTask NotifyAsync(SettlementDraft draft, IReadOnlyList<RecipientResult> recipients, DsnAction action, CancellationToken cancellationToken)
    {
        var told = recipients.Select(r => new FailedRecipient(r.Recipient, r.Reply, r.Host)).ToList();
        if (await bounces.WriteAsync(draft.Message, told, action, cancellationToken) is { } notification)
            draft.Add(notification);
    }

    // Nearly every mail ends so; it needs none of what follows from anything else.
    private static bool IsPlainSuccess(IReadOnlyList<RecipientResult> results)
    {
        foreach (var result in results)
        {
            if (result.Outcome != RecipientOutcome.Delivered || (result.IsRelayedWithoutDsn && result.Recipient.Notify.HasFlag(DsnNotify.Success))
                || result.Reply != results[0].Reply || result.Peer != results[0].Peer)
                return false;
        }

        return results.Count > 0;
    }

    private static Settlement PlainSuccess(Message message, MessageReference reference, IReadOnlyList<RecipientResult> results) =>
        new(new Commit().Remove(reference), [Event(TimelineKind.Delivered, message, results, results[0].Reply.ToString()) with { Peer = results[0].Peer }])
        {
            Delivered = results.Count,
        };

    /// <summary>Tells the sender of a mail that nobody works on that it still waits. Nothing else about it changes.</summary>
    public async ValueTask<Settlement> WarnAsync(Message message, CancellationToken cancellationToken)
    {
        var reply = SmtpReply.TryParse(message.LastError ?? "", out var last) && last.IsTransient
            ? last
            : new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), message.LastError ?? "the destination is not available");
        var commit = new Commit().Change(message.Id, new MessageChanges
        {
            Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MailAttributes.DelayWarning] = "sent" },
        });
        var told = message.Envelope.Recipients.Select(r => new FailedRecipient(r, reply, null)).ToList();
        if (await bounces.WriteAsync(message, told, DsnAction.Delayed, cancellationToken) is { } notification)
            commit.Add(notification);
        return new Settlement(commit, []);
    }

    // A server that names a time to wait is believed, as far as the schedule goes at all.
    private TimeSpan DelayAfter(int attempts, IReadOnlyList<RecipientResult> deferred)
    {
        var hint = deferred.Select(r => RetryHint.Find(r.Reply)).Max();
        return hint is { } named && named <= options.Schedule.Longest ? named : options.Schedule.DelayFor(attempts, options.Jitter, random);
    }

    private RecipientResult GivenUp(RecipientResult result) => result with
    {
        Outcome = RecipientOutcome.Failed,
        Reply = new SmtpReply(result.Reply.Code, new EnhancedStatusCode(4, 4, 7), $"given up after {Days(options.GiveUpAfter)}; at last: {result.Reply}"),
    };

    private static string Days(TimeSpan span) => span.TotalDays >= 2 ? $"{span.TotalDays:0.#} days" : span.TotalHours >= 2 ? $"{span.TotalHours:0.#} hours" : $"{span.TotalSeconds:0} seconds";

    private static void Tell(List<TimelineEvent> events, Message message, IReadOnlyList<RecipientResult> results)
    {
        foreach (var group in results.Where(r => r.Outcome != RecipientOutcome.Untried).GroupBy(r => (r.Outcome, r.Reply, r.Peer)))
        {
            var kind = group.Key.Outcome switch
            {
                RecipientOutcome.Delivered => TimelineKind.Delivered,
                RecipientOutcome.Held => TimelineKind.Held,
                RecipientOutcome.Discarded => TimelineKind.Removed,
                _ => TimelineKind.Attempted,
            };
            events.Add(Event(kind, message, group, group.Key.Reply.ToString()) with { Peer = group.Key.Peer });
        }
    }

    private static TimelineEvent Event(TimelineKind kind, Message message, IEnumerable<RecipientResult> recipients, string detail) =>
        new(kind, message.Id, message.Origin, message.Queue, detail) { Recipients = recipients.Select(r => r.Recipient.Address).ToList() };

    private static string Say(IReadOnlyList<RecipientResult> results) =>
        string.Join("; ", results.Select(r => r.Host is null ? r.Reply.ToString() : $"{r.Host}: {r.Reply}").Distinct(StringComparer.Ordinal).Take(3));

    private static Envelope EnvelopeOf(Message message, IReadOnlyList<RecipientResult> results) =>
        message.Envelope with { Recipients = results.Select(r => r.Recipient).ToList() };

    private static Envelope? WaitingEnvelope(SettlementDraft draft) => draft.Waiting.Count == draft.Results.Count ? null : EnvelopeOf(draft.Message, draft.Waiting);

    private static string GroupOf(Message message, DeliveryLane lane)
    {
        var domain = message.Group is { Length: > 0 } group
            ? OutgoingGroup.Parse(group).Domain
            : DomainNames.ToAscii(message.Envelope.Recipients.Select(r => DomainNames.OfAddress(r.Address)).FirstOrDefault() ?? "");
        return new OutgoingGroup(domain, lane).ToString();
    }

    // As a dead letter it is ready to go to its old queue (or to the full one it waited for) and be tried as if it were new.
    private static MessageChanges Dead(Message message, IReadOnlyList<RecipientResult> failed) => new()
    {
        Envelope = EnvelopeOf(message, failed),
        LastError = Say(failed),
        Group = message.Queue == SpoolQueues.Outgoing ? GroupOf(message, DeliveryLane.First) : null,
        Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal)
        {
            [MailAttributes.DeadLetterSource] = message.Text(MailAttributes.DeferredQueue) ?? message.Queue.Value,
            [MailAttributes.Attempts] = null,
            [MailAttributes.DelayWarning] = null,
            [MailAttributes.NotBefore] = null,
            [MailAttributes.Resume] = null,
            [MailAttributes.Processor] = null,
            [MailAttributes.Exception] = null,
            [MailAttributes.DeferredQueue] = null,
            [MailAttributes.DeferredCopy] = null,
        },
    };

    private static NewMessage DeadCopy(Message message, IReadOnlyList<RecipientResult> failed)
    {
        var copy = Copy(message, failed);
        var changed = Dead(message, failed);
        var attributes = new Dictionary<string, AttributeValue>(copy.Attributes, StringComparer.Ordinal);
        foreach (var (name, value) in changed.Attributes!)
        {
            if (value is { } set)
                attributes[name] = set;
            else
                attributes.Remove(name);
        }

        return copy with { Queue = SpoolQueues.DeadLetters, Attributes = attributes, Group = changed.Group };
    }

    private static NewMessage Copy(Message message, IReadOnlyList<RecipientResult> results) =>
        Copy(message) with { Envelope = EnvelopeOf(message, results), LastError = Say(results) };

    /// <summary>Another message of the same family in the same queue, sharing the body.</summary>
    public static NewMessage Copy(Message message) => new()
    {
        Queue = message.Queue,
        Content = message.Content,
        Envelope = message.Envelope,
        Attributes = message.Attributes,
        Priority = message.Priority,
        Origin = message.Origin,
        AcceptedAt = message.AcceptedAt,
    };
}
