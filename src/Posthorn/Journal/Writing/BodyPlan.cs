using Posthorn.Bodies;
using Posthorn.Journal.Format;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Writing;

/// <summary>The bodies of one commit: each once, whatever number of messages carry it. Most commits carry one: that one costs no table.</summary>
internal sealed class BodyPlan
{
    private Use? _first;
    private Dictionary<Body, Use>? _others;
    private HashSet<Body>? _seen;

    /// <summary>Those that ride in the record.</summary>
    public int InlineCount { get; private set; }

    /// <summary>Bytes that those take in the record.</summary>
    public int InlineLength { get; private set; }

    /// <summary>Notes that a message carries <paramref name="given"/>, for which <paramref name="placed"/> stands.</summary>
    /// <returns>Whether it is a new one that rides in the record.</returns>
    public bool Add(Body given, Body placed)
    {
        if (Find(given) is { } use)
        {
            use.Count++;
            return false;
        }
        use = new Use { Given = given, Placed = placed, Offset = InlineLength, Count = 1 };
        if (_first is null)
            _first = use;
        else
            (_others ??= new(ReferenceEqualityComparer.Instance)).Add(given, use);
        if (placed is StoredBody || placed.Length == 0)
            return false;
        InlineCount++;
        InlineLength += BodyCodec.Space((int)placed.Length);
        return true;
    }

    public Body Placed(Body given) => Find(given)!.Placed;

    public int OffsetOf(Body body) => Find(body)!.Offset;

    /// <summary>Whether several messages of the commit carry a body that rides in its record.</summary>
    public bool IsSharedHere(Body body) => Find(body)!.Count > 1;

    /// <summary>True the first time it is asked of a body.</summary>
    public bool IsFirstUse(Body body) => (_seen ??= new(ReferenceEqualityComparer.Instance)).Add(body);

    private Use? Find(Body given) => _first?.Given == given ? _first : _others?.GetValueOrDefault(given);

    private sealed class Use
    {
        public required Body Given { get; init; }
        public required Body Placed { get; init; }
        public required int Offset { get; init; }
        public int Count { get; set; }
    }
}
