using System.Text.Json;
using Posthorn.Queues;

namespace Posthorn.Embedded;

/// <summary>How <see cref="IQueue.ProcessAsync"/> calls a handler, and what happens when that fails.</summary>
public sealed record ProcessOptions : ConsumerOptions
{
    /// <summary>One message at a time, tried again after 1 s, 2 s, 4 s … 10 min.</summary>
    public static ProcessOptions Default { get; } = new();

    /// <summary>How long a message waits after its handler failed; 1 s doubling to 10 min by default.</summary>
    public Backoff Backoff { get; init; } = Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));

    /// <summary>How often a message is tried before it becomes a dead letter: 1 or more; null is the queue's <see cref="QueuePolicy.ReceivesMax"/>, and without that for ever.</summary>
    public int? AttemptsMax { get; init; }

    /// <summary>The queue dead letters go to; null is the queue's <see cref="QueuePolicy.DeadLetterQueue"/>, and without that the queue's name with <c>-dead</c> behind it.</summary>
    public string? DeadLetterQueue { get; init; }

    /// <summary>Which failures trying again cannot mend: the message becomes a dead letter at once. By default a body that is not the JSON it should be.</summary>
    public Func<Exception, bool> IsPermanent { get; init; } = static failure => failure is JsonException;

    /// <summary>How long handlers at work may go on after the stop before their token is cancelled: 30 s by default (the host's own shutdown timeout).</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    internal override void Validate()
    {
        base.Validate();
        Check(AttemptsMax is null or >= 1, nameof(AttemptsMax), "1 or more");
        Check(DrainTime >= TimeSpan.Zero, nameof(DrainTime), "zero or more");
        if (DeadLetterQueue is { } name)
            QueueName.Parse(name);
    }
}
