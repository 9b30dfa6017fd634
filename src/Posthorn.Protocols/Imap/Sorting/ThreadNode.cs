namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>A place in a thread: a message, or one that others name and that is not here.</summary>
internal sealed class ThreadNode
{
    /// <summary>Places are compared by their message; of one that is not here the first answer counts, which must be in order already.</summary>
    public static Comparison<ThreadNode> ByFirst { get; } = static (a, b) => a.First.CompareTo(b.First);

    public ThreadedMessage? Message { get; set; }

    public ThreadNode? Parent { get; private set; }

    /// <summary>How many nodes have this one as parent.</summary>
    public int ChildCount { get; private set; }

    public List<ThreadNode> Children { get; set; } = [];

    /// <summary>Its message, or its first answer's; only when pruned, for then one of them is here.</summary>
    public ThreadedMessage First => Message ?? Children[0].First;

    public void SetParent(ThreadNode? parent)
    {
        if (Parent is not null)
            Parent.ChildCount--;
        Parent = parent;
        if (parent is not null)
            parent.ChildCount++;
    }

    /// <summary>As the answer tells it; without recursion.</summary>
    public MailThread ToThread()
    {
        var order = new List<ThreadNode> { this };
        for (var i = 0; i < order.Count; i++)
            order.AddRange(order[i].Children);
        var made = new Dictionary<ThreadNode, MailThread>(order.Count);
        for (var i = order.Count - 1; i >= 0; i--)
            made[order[i]] = new MailThread(order[i].Message?.Number, [.. order[i].Children.Select(c => made[c])]);
        return made[this];
    }
}
