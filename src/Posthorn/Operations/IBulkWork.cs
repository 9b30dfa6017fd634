using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>What a <see cref="BulkRun"/> does with each message.</summary>
public interface IBulkWork
{
    /// <summary>Whether the lease of a message that somebody holds would end by it.</summary>
    bool EndsLease { get; }

    /// <summary>The queue messages go to when it is one for all of them; what is there already is left alone.</summary>
    QueueName? Target { get; }

    /// <summary>Decides; changes nothing itself.</summary>
    /// <exception cref="Engine.BodyLostException">The message's body is gone or damaged: it is counted as refused.</exception>
    ValueTask<MessagePlan> PlanAsync(Message message, CancellationToken cancellationToken);

    /// <summary>Told after each commit: these are done, durably.</summary>
    void Committed(IReadOnlyList<MessagePlan> plans);
}
