using Posthorn.Queues;

namespace Posthorn.Journal.Transfer;

/// <summary>Where a message is.</summary>
/// <param name="Id">The message.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Number">Its number; <see cref="Consumed"/> when it is one that was consumed and is kept.</param>
internal readonly record struct MessagePlace(ulong Id, QueueName Queue, long Number)
{
    public const long Consumed = -1;

    public bool IsConsumed => Number == Consumed;
}
