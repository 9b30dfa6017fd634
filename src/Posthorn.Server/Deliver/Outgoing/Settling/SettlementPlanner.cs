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
        var now = time.GetUtcNow();
        var giveUpAt = MailAge.GiveUpAt(message, options.GiveUpAfter);
        if (now >= giveUpAt)
            results = results.Select(r => r.Outcome == RecipientOutcome.Deferred ? GivenUp(r) : r).ToList();
        if (!mayAdd)
            results = results.Select(r => r.Outcome is RecipientOutcome.Failed or RecipientOutcome.Held ? r with { Outcome = RecipientOutcome.Deferred } : r).ToList();

        var outcomes = results.ToLookup(r => r.Outcome);
        var deferred = outcomes[RecipientOutcome.Deferred].ToList();
        var waiting = results.Where(r => r.Outcome is RecipientOutcome.Deferred or RecipientOutcome.Untried).ToList();
        var failed = outcomes[RecipientOutcome.Failed].ToList();
        var held = outcomes[RecipientOutcome.Held].ToList();
        var commit = new Commit();
        var events = new List<TimelineEvent>();
        var isAdding = false;

        // The message itself goes on with the first of these that is not empty; the others get messages of their own, which share its body.
        var stays = waiting.Count > 0 ? waiting : held.Count > 0 ? held : options.DeadLetters ? failed : [];
        Tell(events, message, results);
        if (results.Count == 0)
            commit.Release(reference, default, new MessageChanges { IsHeld = true, LastError = "it has no recipients: there is nowhere to send it" });
        else if (waiting.Count > 0)
            await WaitAsync();
        else if (stays == held && held.Count > 0)
            commit.Release(reference, default, new MessageChanges { IsHeld = true, Envelope = EnvelopeOf(message, held), LastError = Say(held) });
        else if (stays == failed && failed.Count > 0)
            commit.Move(reference, SpoolQueues.DeadLetters, Dead(message, failed));
        else
            commit.Remove(reference);

        if (held.Count > 0 && stays != held)
            Add(Copy(message, held) with { Queue = message.Queue, Group = message.Group, IsHeld = true });
        if (failed.Count > 0)
        {
            if (stays != failed && options.DeadLetters)
                Add(DeadCopy(message, failed));
            await NotifyAsync(failed, DsnAction.Failed);
            events.Add(Event(TimelineKind.Bounced, message, failed, Say(failed)));
            if (options.DeadLetters)
                events.Add(Event(TimelineKind.DeadLettered, message, failed, Say(failed)) with { Queue = SpoolQueues.DeadLetters });
        }

        var relayed = outcomes[RecipientOutcome.Delivered].Where(r => r.IsRelayedWithoutDsn && r.Recipient.Notify.HasFlag(DsnNotify.Success)).ToList();
        if (relayed.Count > 0 && mayAdd)
            await NotifyAsync(relayed, DsnAction.Relayed);

        return new Settlement(commit, events)
        {
            IsAdding = isAdding,
            Delivered = outcomes[RecipientOutcome.Delivered].Count(),
            Failed = failed.Count,
            Deferred = deferred.Count,
        };

        async ValueTask WaitAsync()
        {
            var attempts = OutgoingGroup.FailedAttempts(message) + (deferred.Count > 0 ? 1 : 0);
            var delay = deferred.Count > 0 ? DelayAfter(attempts, deferred) : results.Max(r => r.WaitFor);
            // The last attempt is made when the time is up, not after it.
            if (now + delay > giveUpAt)
                delay = giveUpAt > now ? giveUpAt - now : TimeSpan.Zero;
            var attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal);
            if (deferred.Count > 0)
                attributes[MailAttributes.Attempts] = attempts.ToString(CultureInfo.InvariantCulture);
            if (mayAdd && deferred.Count > 0 && MailAge.IsWarningDue(message, options, now))
            {
                attributes[MailAttributes.DelayWarning] = "sent";
                await NotifyAsync(deferred, DsnAction.Delayed);
            }

            commit.Release(reference, delay, new MessageChanges
            {
                Envelope = waiting.Count == results.Count ? null : EnvelopeOf(message, waiting),
                Attributes = attributes.Count > 0 ? attributes : null,
                LastError = deferred.Count > 0 ? Say(deferred) : null,
                Group = deferred.Count > 0 ? GroupOf(message, OutgoingGroup.LaneAfter(attempts)) : null,
            });
            if (deferred.Count > 0)
                events.Add(Event(TimelineKind.Deferred, message, deferred, $"attempt {attempts} failed; the next one at {(now + delay).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        }

        async ValueTask NotifyAsync(List<RecipientResult> recipients, DsnAction action)
        {
            var told = recipients.ConvertAll(r => new FailedRecipient(r.Recipient, r.Reply, r.Host));
            if (await bounces.WriteAsync(message, told, action, cancellationToken) is { } notification)
                Add(notification);
        }

        void Add(NewMessage added)
        {
            commit.Add(added);
            isAdding = true;
        }
    }

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
    private TimeSpan DelayAfter(int attempts, List<RecipientResult> deferred)
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

    private static string GroupOf(Message message, DeliveryLane lane)
    {
        var domain = message.Group is { Length: > 0 } group
            ? OutgoingGroup.Parse(group).Domain
            : DomainNames.ToAscii(message.Envelope.Recipients.Select(r => DomainNames.OfAddress(r.Address)).FirstOrDefault() ?? "");
        return new OutgoingGroup(domain, lane).ToString();
    }

    // As a dead letter it is ready to go to its old queue and be tried as if it were new.
    private static MessageChanges Dead(Message message, IReadOnlyList<RecipientResult> failed) => new()
    {
        Envelope = EnvelopeOf(message, failed),
        LastError = Say(failed),
        Group = GroupOf(message, DeliveryLane.First),
        Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal)
        {
            [MailAttributes.DeadLetterSource] = message.Queue.Value,
            [MailAttributes.Attempts] = null,
            [MailAttributes.DelayWarning] = null,
            [MailAttributes.NotBefore] = null,
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
