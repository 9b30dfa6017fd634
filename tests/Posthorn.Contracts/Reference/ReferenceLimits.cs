using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>What no commit may contain, whatever the state.</summary>
internal static class ReferenceLimits
{
    public static void Check(Commit commit)
    {
        Require(commit.IdempotencyKey is null or { Length: > 0 and <= 128 }, "An idempotency key has 1 to 128 characters.");
        Require(commit.RoomWait >= TimeSpan.Zero || commit.RoomWait == Timeout.InfiniteTimeSpan, "The time to wait for room is negative.");
        foreach (var operation in commit.Operations)
            Check(operation);
    }

    private static void Check(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message: var message }:
                Check(message.Queue);
                Check(message.Content);
                Require(message.Group is null or { Length: > 0 and <= 255 }, "A group has 1 to 255 characters.");
                Require(message.DeduplicationId is null or { Length: > 0 and <= 128 }, "A deduplication id has 1 to 128 characters.");
                break;
            case CommitOperation.Change change:
                if (change.MoveTo is { } to)
                    Check(to);
                if (change.Changes.Content is { } content)
                    Check(content);
                Require(change.Changes.Group is not { Length: > 255 }, "A group has at most 255 characters.");
                Require(change.Changes.ReceiveCount is not < 0, "A receive count is 0 or more.");
                break;
            case CommitOperation.Replay { To: { } target }:
                Check(target);
                break;
            case CommitOperation.SetQueue set:
                Check(set.Name, set.Policy);
                break;
            case CommitOperation.DeleteQueue delete:
                Check(delete.Name);
                break;
            case CommitOperation.SetDocument document:
                Require(document.Key.Length is > 0 and <= 255, "A document's key has 1 to 255 characters.");
                Require(document.Value is not { Length: > 64 << 10 }, "A document has at most 64 KiB.");
                break;
        }
    }

    private static void Check(QueueName name) => Require(name.Value.Length > 0, "A queue must be named.");

    private static void Check(QueueName name, QueuePolicy policy)
    {
        Check(name);
        Require(policy.VisibilityTimeout >= TimeSpan.Zero && policy.Delay >= TimeSpan.Zero && policy.Retention is not { Ticks: < 0 }, "A time is negative.");
        Require(policy.VisibilityTimeout <= TimeSpan.FromHours(12), "A visibility timeout is 12 hours at most.");
        Require(policy.ReceivesMax is null || policy.DeadLetterQueue is not null, "A limit of receives needs a dead-letter queue.");
        Require(policy.ReceivesMax is not < 1 && policy.LeasesMax is not < 1, "A number of receives or leases is 1 or more.");
        Require(policy.DeduplicationWindow >= TimeSpan.Zero && policy.DeduplicationWindow <= TimeSpan.FromDays(7), "A deduplication window is 0 to 7 days.");
        Require(policy.KeepConsumed is not { Ticks: <= 0 }, "What was consumed cannot be kept for no time.");
        Require(policy is not { IsFifo: true, Fairness: not null }, "The groups of a FIFO queue take turns already.");
        Require(policy.DeadLetterQueue != name, "A queue cannot be its own dead-letter queue.");
    }

    private static void Check(Content content)
    {
        Require(content.Prefix.Length <= Content.PrefixBytesMax, "A prefix is too long.");
        Require(content.Skip >= 0 && content.Skip <= content.Body.Length, "More bytes are left out than there are.");
    }

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
            throw new ArgumentException(otherwise);
    }
}
