using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Spool;

/// <summary>The spool on the engine: a mail is one commit, and the timeline hears of it once it is durable.</summary>
internal sealed class MailSpool(IEngine engine, ITimeline timeline) : IMailSpool
{
    public async ValueTask<CommitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        var commit = new Commit { IdempotencyKey = submission.IdempotencyKey }.Add(new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = submission.Content,
            Envelope = submission.Envelope,
            Attributes = submission.Attributes,
            Priority = submission.Priority,
            DueAt = submission.DueAt,
        });
        var result = await engine.CommitAsync(commit, cancellationToken);
        if (!result.IsRepeat)
            timeline.Record(AcceptanceOf(submission, result.Added[0].Id));
        return result;
    }

    private static TimelineEvent AcceptanceOf(Submission submission, MessageId id)
    {
        var door = TextOf(submission, MailAttributes.Door) ?? "unknown door";
        var account = TextOf(submission, MailAttributes.Account) is { } name ? $", account {name}" : "";
        var held = submission.DueAt is { } due ? $", held until {due:u}" : "";
        return new TimelineEvent(TimelineKind.Accepted, id, id, SpoolQueues.Root.Value, $"over {door}, {submission.Content.Length} bytes{account}{held}")
        {
            MessageIdField = TextOf(submission, MailAttributes.MessageId),
            Sender = submission.Envelope.Sender,
            Recipients = submission.Envelope.Recipients.Select(r => r.Address).ToList(),
            Peer = PeerOf(submission),
        };
    }

    private static string? PeerOf(Submission submission) => TextOf(submission, MailAttributes.RemoteAddress) is { } address
        ? $"{address} {TextOf(submission, MailAttributes.RemoteHost)}".TrimEnd()
        : null;

    private static string? TextOf(Submission submission, string attribute) =>
        submission.Attributes.TryGetValue(attribute, out var value) ? value.Text : null;
}
