using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Embedded.Consuming;

/// <summary>Giving a message up.</summary>
internal static class DeadLetter
{
    /// <summary>Behind a queue's name: where its dead letters go when its policy names no queue.</summary>
    private const string Suffix = "-dead";

    public static Commit Add(Commit commit, ReceivedMessage message, string reason, string? to) =>
        commit.Move(message.Handle, to is null ? QueueOf(message) : QueueName.Parse(to), new MessageChanges
        {
            LastError = reason,
            Attributes = new Dictionary<string, AttributeValue?>(StringComparer.Ordinal) { [MessageAttributes.DeadLetterSource] = message.Queue.Value },
        });

    private static QueueName QueueOf(ReceivedMessage message) =>
        message.Context.Engine.Status(message.Queue)?.Policy.DeadLetterQueue ?? QueueName.Parse(message.Queue.Value + Suffix);
}
