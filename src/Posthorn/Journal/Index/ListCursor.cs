using Posthorn.Journal.Paging;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>How far somebody has listed a queue.</summary>
internal sealed class ListCursor(long from, int max)
{
    public QueueState? Queue { get; set; }

    /// <summary>The next number to look at.</summary>
    public long Number { get; set; } = Math.Max(from, 0);

    /// <summary>What was read of cold messages.</summary>
    public List<ColdWindow> Windows { get; } = [];

    /// <summary>What was found.</summary>
    public List<MessageSummary> Found { get; } = [];

    public bool IsFull => Found.Count >= max;

    /// <summary>Makes room once for all that there can be.</summary>
    public void Prepare(QueueState queue)
    {
        Queue = queue;
        Found.EnsureCapacity((int)Math.Clamp(Math.Min(queue.Messages, queue.NextNumber - Number), 0, max));
    }
}
