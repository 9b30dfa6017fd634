using Posthorn.Messages;

namespace Posthorn.Simulation.Audit;

/// <summary>What the model knows of one message.</summary>
public sealed class KnownMessage(string tag)
{
    private readonly List<string> _history = [];

    public string Tag { get; } = tag;

    /// <summary>How it must look; null while it is not there: not yet, or not any more.</summary>
    public ExpectedMessage? State { get; set; }

    /// <summary>Whether it was there and is gone for good.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>How it was when it was consumed, while its queue may keep it.</summary>
    public ExpectedMessage? Consumed { get; set; }

    /// <summary>Whether its end was one that its queue may keep.</summary>
    public bool IsConsumption { get; set; }

    /// <summary>
    /// How it was when it ended, if a change that was heard of after its end came before it: then it may be kept, or not, by the queue it had come to.
    /// </summary>
    public ExpectedMessage? MayBeKept { get; set; }

    /// <summary>Bounds of the wall time at which it was consumed, and how often the clock had been set.</summary>
    public (DateTimeOffset From, DateTimeOffset Until, int WallSteps) ConsumedAt { get; set; }

    public MessageId Id { get; set; }

    /// <summary>Its number in its queue; 0 until it was seen there.</summary>
    public long Number { get; set; }

    /// <summary>A number that its own must be above.</summary>
    public long NumberAbove { get; set; }

    /// <summary>The number of its last change, as it was seen last.</summary>
    public long ModSeq { get; set; }

    /// <summary>Whether it is that still: no commit has changed it since.</summary>
    public bool IsModSeqKnown { get; set; }

    /// <summary>A number that that of its last change must be above.</summary>
    public long ModSeqAbove { get; set; }

    /// <summary>When the last of the commits that changed it was asked for, by the model's own counter.</summary>
    public long ChangeAskedAt { get; set; }

    /// <summary>Bounds of its receive count in this life, and what is certain to outlive a crash.</summary>
    public int CountLow { get; set; }

    public int CountHigh { get; set; }

    public int CountDurable { get; set; }

    public KnownLease? Lease { get; set; }

    /// <summary>
    /// When it was last handed out while a commit on it was under way, or may have been to somebody who never heard of it, by the model's own counter:
    /// before the commit, or in its new place.
    /// </summary>
    public long LeasedMeanwhileAt { get; set; }

    /// <summary>Commits on it that were asked for and not answered.</summary>
    public int UnderWay { get; set; }

    /// <summary>When anything was last asked or heard of it, by the model's own counter.</summary>
    public long TouchedAt
    {
        get;
        set
        {
            OthersTouchedAt = field;
            field = value;
        }
    }

    /// <summary>When anything was asked or heard of it before that.</summary>
    public long OthersTouchedAt { get; private set; }

    /// <summary>When it was last asked for another due time, by the model's own counter.</summary>
    public long DueSetAt { get; set; }

    /// <summary>The earliest time at which it can have been accepted.</summary>
    public DateTimeOffset AcceptedFrom { get; set; }

    public bool IsLive => State is not null;

    public bool IsIdle => State is not null && UnderWay == 0;

    /// <summary>Forgets places, counts and leases: it is about to be replayed.</summary>
    public void BeginAnew() => (Number, NumberAbove, CountLow, CountHigh, CountDurable, Lease) = (0, 0, 0, 0, 0, null);

    public void Note(string what) => _history.Add(what);

    public string History => "\n  " + string.Join("\n  ", _history);
}
