using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Commits;

/// <summary>What a commit may contain, checked before anything of it is kept; the same for every engine.</summary>
internal static class CommitLimits
{
    /// <summary>How long a commit is remembered by its idempotency key.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);

    private const int KeyLengthMax = 128;
    private static readonly TimeSpan LingerMax = TimeSpan.FromSeconds(1);
    private const int GroupLengthMax = 255;
    private const int DeduplicationIdLengthMax = 128;
    private const int DocumentKeyLengthMax = 255;
    private static readonly TimeSpan VisibilityTimeoutMax = TimeSpan.FromHours(12); // SQS's
    private static readonly TimeSpan DeduplicationWindowMax = TimeSpan.FromDays(7);
    private const int DocumentBytesMax = 64 << 10;

    /// <summary>Checks what a commit says of itself; its operations are checked one by one.</summary>
    public static void Check(Commit commit)
    {
        if (commit.RoomWait < TimeSpan.Zero && commit.RoomWait != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(commit), "The time to wait for room is negative.");
        if (commit.Linger < TimeSpan.Zero || commit.Linger > LingerMax)
            throw new ArgumentOutOfRangeException(nameof(commit), $"A commit lingers for 0 to {LingerMax.TotalSeconds} seconds.");
        if (commit.IdempotencyKey is { } key && key.Length is 0 or > KeyLengthMax)
            throw new ArgumentException($"An idempotency key has 1 to {KeyLengthMax} characters.", nameof(commit));
    }

    public static void Check(NewMessage message)
    {
        Check(message.Queue);
        Check(message.Content);
        if (message.Group is { } group && group.Length is 0 or > GroupLengthMax)
            throw new ArgumentException($"A group has 1 to {GroupLengthMax} characters; this one has {message.Group.Length}.");
        if (message.DeduplicationId is { } id && id.Length is 0 or > DeduplicationIdLengthMax)
            throw new ArgumentException($"A deduplication id has 1 to {DeduplicationIdLengthMax} characters; this one has {message.DeduplicationId.Length}.");
    }

    public static void Check(CommitOperation.Change change)
    {
        if (change.MoveTo is { } queue)
            Check(queue);
        if (change.Changes.Content is { } content)
            Check(content);
        if (change.Changes.Group?.Length > GroupLengthMax)
            throw new ArgumentException($"A group has at most {GroupLengthMax} characters; this one has {change.Changes.Group.Length}.");
        ArgumentOutOfRangeException.ThrowIfNegative(change.Changes.ReceiveCount ?? 0);
    }

    public static void Check(QueueName name)
    {
        if (name.Value.Length == 0)
            throw new ArgumentException("A queue must be named.");
    }

    public static void Check(QueueName name, QueuePolicy policy)
    {
        Check(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.VisibilityTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(policy.VisibilityTimeout, VisibilityTimeoutMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.Delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.Retention ?? TimeSpan.MaxValue, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.ReceivesMax ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.LeasesMax ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.DeduplicationWindow, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(policy.DeduplicationWindow, DeduplicationWindowMax);
        if (policy is { IsFifo: true, Fairness: not null })
            throw new ArgumentException($"The queue '{name}' cannot be fair: it is a FIFO queue, whose groups take turns already.");
        if (policy.KeepConsumed <= TimeSpan.Zero)
            throw new ArgumentException($"The queue '{name}' cannot keep what was consumed for {policy.KeepConsumed}: null keeps none.");
        if (policy.ReceivesMax is not null && policy.DeadLetterQueue is null)
            throw new ArgumentException($"The queue '{name}' has a limit of receives and no dead-letter queue to go to then.");
        if (policy.DeadLetterQueue == name)
            throw new ArgumentException($"The queue '{name}' cannot be its own dead-letter queue.");
    }

    public static void Check(CommitOperation.SetDocument document)
    {
        if (document.Key.Length is 0 or > DocumentKeyLengthMax)
            throw new ArgumentException($"A document's key has 1 to {DocumentKeyLengthMax} characters; this one has {document.Key.Length}.");
        if (document.Value?.Length > DocumentBytesMax)
            throw new ArgumentException($"A document has at most {DocumentBytesMax} bytes; '{document.Key}' has {document.Value.Value.Length}.");
    }

    private static void Check(Content content)
    {
        if (content.Prefix.Length > Content.PrefixBytesMax)
            throw new ArgumentException($"A prefix has at most {Content.PrefixBytesMax} bytes; this one has {content.Prefix.Length}.");
        if (content.Skip < 0 || content.Skip > content.Body.Length)
            throw new ArgumentException($"{content.Skip} bytes cannot be left out of a body of {content.Body.Length}.");
    }

    /// <summary>Whether every engine can keep a text as it is: a database has no NUL and no half of a surrogate pair.</summary>
    internal static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
                return false;
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
