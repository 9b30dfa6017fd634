using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Commits;

/// <summary>One operation of a <see cref="Commit"/>; the kinds are closed, every engine handles each.</summary>
public abstract record CommitOperation
{
    private CommitOperation()
    {
    }

    /// <summary>See <see cref="Commit.Add"/>.</summary>
    public sealed record Add(NewMessage Message) : CommitOperation;

    /// <summary>See <see cref="Commit.Remove"/> and <see cref="Commit.Discard"/>.</summary>
    public sealed record Remove(MessageReference Message) : CommitOperation
    {
        /// <summary>Whether it is gone for good, even from a queue that keeps what was consumed.</summary>
        public bool IsFinal { get; init; }
    }

    /// <summary>See <see cref="Commit.Replay"/>.</summary>
    public sealed record Replay(MessageId Message) : CommitOperation
    {
        /// <summary>The queue it goes to; null is the one it was consumed from.</summary>
        public QueueName? To { get; init; }
    }

    /// <summary>See <see cref="Commit.Move"/>, <see cref="Commit.Release"/> and <see cref="Commit.Change"/>: all three change a message that stays.</summary>
    public sealed record Change(MessageReference Message, MessageChanges Changes) : CommitOperation
    {
        /// <summary>The queue it moves to; null stays.</summary>
        public QueueName? MoveTo { get; init; }

        /// <summary>How long it is hidden, from now; null leaves the due time to the changes.</summary>
        public TimeSpan? Delay { get; init; }

        /// <summary>Whether its lease ends.</summary>
        public bool EndsLease { get; init; }
    }

    /// <summary>See <see cref="Commit.SetQueue"/> and <see cref="Commit.MakeQueue"/>.</summary>
    public sealed record SetQueue(QueueName Name, QueuePolicy Policy) : CommitOperation
    {
        /// <summary>Whether a queue that exists stays as it is.</summary>
        public bool IsOnlyWhenMissing { get; init; }
    }

    /// <summary>See <see cref="Commit.DeleteQueue"/> and <see cref="Commit.DeleteEmptyQueue"/>.</summary>
    public sealed record DeleteQueue(QueueName Name) : CommitOperation
    {
        /// <summary>Whether messages in it stand in the way.</summary>
        public bool IsOnlyWhenEmpty { get; init; }
    }

    /// <summary>See <see cref="Commit.SetDocument"/>.</summary>
    public sealed record SetDocument(string Key, ReadOnlyMemory<byte>? Value) : CommitOperation;
}
