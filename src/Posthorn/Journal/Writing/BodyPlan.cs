using Posthorn.Bodies;
using Posthorn.Journal.Format;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Writing;

/// <summary>The bodies of one commit: each once, whatever number of messages carry it.</summary>
internal sealed class BodyPlan
{
    private readonly Dictionary<Body, Use> _uses = new(ReferenceEqualityComparer.Instance);
    private HashSet<Body>? _seen;
    private int _length;

    /// <summary>Those that ride in the record, in order.</summary>
    public List<Body> Inline { get; } = [];

    /// <summary>Operations whose body is in the record: where the operation begins, and the body's offset among the bodies.</summary>
    public List<(int Operation, int Offset)> Fixups { get; } = [];

    /// <summary>Notes that a message carries <paramref name="given"/>, for which <paramref name="placed"/> stands.</summary>
    public void Add(Body given, Body placed)
    {
        if (_uses.TryGetValue(given, out var use))
        {
            use.Count++;
            return;
        }
        _uses.Add(given, new Use { Placed = placed, Offset = _length, Count = 1 });
        if (placed is StoredBody || placed.Length == 0)
            return;
        Inline.Add(placed);
        _length += BodyCodec.Space((int)placed.Length);
    }

    public Body Placed(Body given) => _uses[given].Placed;

    public int OffsetOf(Body body) => _uses[body].Offset;

    /// <summary>Whether several messages of the commit carry a body that rides in its record.</summary>
    public bool IsSharedHere(Body body) => _uses[body].Count > 1;

    /// <summary>True the first time it is asked of a body.</summary>
    public bool IsFirstUse(Body body) => (_seen ??= new(ReferenceEqualityComparer.Instance)).Add(body);

    private sealed class Use
    {
        public required Body Placed { get; init; }
        public required int Offset { get; init; }
        public int Count { get; set; }
    }
}
