namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>THREAD=REFERENCES (RFC 5256 3): messages are put below what they answer, then threads with one base subject are put together.</summary>
/// <remarks>
/// Only the links to parents are kept while messages are linked; lists of children are made once, afterwards. Nothing is recursive: a thread may be as deep as
/// there are messages.
/// </remarks>
internal sealed class ReferenceThreads
{
    /// <summary>How far up a loop is looked for. A link below a deeper place is not made: it would cost more than threads are worth.</summary>
    private const int LoopSearchMax = 1_000;

    private readonly Dictionary<string, ThreadNode> _byId = new(StringComparer.Ordinal);
    private readonly List<ThreadNode> _nodes = [];

    private ReferenceThreads()
    {
    }

    public static List<MailThread> Of(List<ThreadedMessage> messages)
    {
        var threads = new ReferenceThreads();
        messages.Sort((a, b) => a.Order.CompareTo(b.Order));
        foreach (var message in messages)
            threads.Link(message);
        var roots = Prune(threads.Roots());
        SortSiblings(roots); // (4), and (6) for what is below: merging takes and adds whole threads only
        roots = MergeSubjects(roots);
        SortSiblings(roots);
        return [.. roots.Select(r => r.ToThread())];
    }

    /// <summary>(1): the chain of references, then the message below the last of them.</summary>
    private void Link(ThreadedMessage message)
    {
        var node = NodeOf(message);
        ThreadNode? last = null;
        foreach (var id in message.References)
        {
            var reference = Named(id);
            if (last is not null && reference.Parent is null && !ReferenceEquals(last, reference) && !IsBelow(last, reference))
                reference.SetParent(last);
            last = reference;
        }
        // What it says itself counts more than what others say of it (1 B).
        if (last is null || (!ReferenceEquals(last, node) && !IsBelow(last, node)))
            node.SetParent(last);
    }

    private ThreadNode NodeOf(ThreadedMessage message)
    {
        if (message.MessageId is { } id)
        {
            var named = Named(id);
            if (named.Message is null)
            {
                named.Message = message;
                return named;
            }
        }
        var node = new ThreadNode { Message = message }; // without an id, or with one that another has
        _nodes.Add(node);
        return node;
    }

    private ThreadNode Named(string id)
    {
        if (!_byId.TryGetValue(id, out var node))
        {
            _byId[id] = node = new ThreadNode();
            _nodes.Add(node);
        }
        return node;
    }

    /// <summary>Whether <paramref name="node"/> is below <paramref name="ancestor"/>.</summary>
    private static bool IsBelow(ThreadNode node, ThreadNode ancestor)
    {
        if (ancestor.ChildCount == 0)
            return false; // nothing is below it: nearly always
        var steps = 0;
        for (var at = node.Parent; at is not null; at = at.Parent)
            if (ReferenceEquals(at, ancestor) || ++steps > LoopSearchMax)
                return true;
        return false;
    }

    /// <summary>(2): what has no parent; lists of children are made on the way.</summary>
    private List<ThreadNode> Roots()
    {
        var roots = new List<ThreadNode>();
        foreach (var node in _nodes)
            (node.Parent?.Children ?? roots).Add(node);
        return roots;
    }

    /// <summary>(3): messages that are not here go, and what is below them moves up; one with several answers stays at the top.</summary>
    private static List<ThreadNode> Prune(List<ThreadNode> roots)
    {
        foreach (var node in DeepestFirst(roots))
            node.Children = Promoted(node.Children, isTop: false);
        return Promoted(roots, isTop: true);
    }

    private static List<ThreadNode> Promoted(List<ThreadNode> siblings, bool isTop)
    {
        if (!siblings.Exists(s => s.Message is null))
            return siblings;
        var kept = new List<ThreadNode>(siblings.Count);
        foreach (var node in siblings)
        {
            if (node.Message is not null || (isTop && node.Children.Count > 1))
                kept.Add(node);
            else
                kept.AddRange(node.Children);
        }
        return kept;
    }

    private static void SortSiblings(List<ThreadNode> roots)
    {
        foreach (var node in DeepestFirst(roots))
            node.Children.Sort(ThreadNode.ByFirst);
        roots.Sort(ThreadNode.ByFirst);
    }

    /// <summary>(5): threads at the top with one base subject become one.</summary>
    private static List<ThreadNode> MergeSubjects(List<ThreadNode> roots)
    {
        var table = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var node in roots)
        {
            var subject = node.First.Subject;
            if (subject.Text.Length == 0)
                continue;
            if (!table.TryGetValue(subject.Text, out var known)
                || (known.Message is not null && (node.Message is null || (known.First.Subject.IsReplyOrForward && !subject.IsReplyOrForward))))
                table[subject.Text] = node;
        }
        var merged = new HashSet<ThreadNode>();
        var places = new Dictionary<ThreadNode, ThreadNode>(); // what stands where the first of two stood
        foreach (var node in roots)
        {
            var subject = node.First.Subject;
            if (subject.Text.Length == 0 || ReferenceEquals(table[subject.Text], node))
                continue;
            var known = table[subject.Text];
            merged.Add(node);
            if (known.Message is null && node.Message is null)
            {
                known.Children.AddRange(node.Children);
            }
            else if (known.Message is null || (subject.IsReplyOrForward && !known.First.Subject.IsReplyOrForward))
            {
                known.Children.Add(node);
            }
            else
            {
                var both = new ThreadNode { Children = [known, node] };
                places[known] = both;
                table[subject.Text] = both;
            }
        }
        return [.. roots.Where(r => !merged.Contains(r)).Select(r => places.GetValueOrDefault(r, r))];
    }

    /// <summary>All nodes at and below these, each behind everything below it.</summary>
    private static List<ThreadNode> DeepestFirst(List<ThreadNode> roots)
    {
        var order = new List<ThreadNode>(roots);
        for (var i = 0; i < order.Count; i++)
            order.AddRange(order[i].Children);
        order.Reverse();
        return order;
    }
}
