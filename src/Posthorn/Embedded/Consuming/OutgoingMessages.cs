using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>What a sender said, as the engine takes it.</summary>
internal static class OutgoingMessages
{
    /// <exception cref="ArgumentException">Both a delay and a due time are given.</exception>
    public static NewMessage Of(StoreContext context, QueueName queue, Content content, MessageOptions? options)
    {
        options ??= MessageOptions.None;
        if (options is { Delay: not null, DueAt: not null })
            throw new ArgumentException("Give a delay or a due time, not both.", nameof(options));
        return new NewMessage
        {
            Queue = queue,
            Content = content,
            Envelope = options.Envelope,
            Attributes = MessageActivity.WithContext(options.Attributes),
            Priority = options.Priority,
            DueAt = options.DueAt ?? (options.Delay is { } delay ? In(context, delay) : null),
            Group = options.Group,
            DeduplicationId = options.DeduplicationId,
        };
    }

    private static DateTimeOffset In(StoreContext context, TimeSpan delay)
    {
        var now = context.Time.GetUtcNow();
        return delay > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : delay > TimeSpan.Zero ? now + delay : now;
    }
}
