using Posthorn.Journal.Paging;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>How far somebody has browsed a queue, and which of the messages behind him may lie before him again.</summary>
internal sealed class BrowseCursor
{
    public QueueState? Queue { get; set; }

    public int Priority { get; set; } = Messages.Priority.Levels - 1;

    /// <summary>The next number to look at.</summary>
    public long Number { get; set; }

    /// <summary>What was read of cold messages at this priority.</summary>
    public List<ColdWindow> Windows { get; } = [];

    /// <summary>Messages that were seen and then moved or changed their priority.</summary>
    public HashSet<ulong> Seen { get; } = [];

    public bool HasPassed(int priority, long number) => priority > Priority || (priority == Priority && number < Number);
}
