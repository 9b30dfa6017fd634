using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Audit;

/// <summary>
/// The reference model: what must be true of the queues, fed with acknowledgements only. What was asked for and never answered is in doubt:
/// after a restart each such commit must have happened whole or not at all.
/// </summary>
public sealed partial class Model(SimulatedTime time)
{
    private readonly SortedDictionary<string, KnownMessage> _messages = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, KnownQueue> _queues = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly List<AskedCommit> _asked = [];
    private readonly List<AskedCommit> _inDoubt = [];
    private readonly Dictionary<string, KnownKey> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<MessageId> _ids = [];
    private long _at;
    private long _failedAt = long.MaxValue;
    private readonly List<(long At, DateTimeOffset WallBefore)> _clockSteps = [];
    private DateTimeOffset _highestWallEver;

    public int Acknowledged { get; private set; }

    public int Doubted { get; private set; }

    public IEnumerable<KnownMessage> Live => _messages.Values.Where(m => m.IsLive);

    public IEnumerable<KnownQueue> AllQueues => _queues.Values;

    public IReadOnlyDictionary<string, byte[]> Documents => _documents;

    public IReadOnlyDictionary<string, KnownKey> Keys => _keys;

    public DateTimeOffset Wall => time.GetUtcNow();

    public bool IsDocumentUnderWay(string key) => _asked.Concat(_inDoubt).Any(a => a.Effects.OfType<DocumentEffect>().Any(e => e.Key == key));

    /// <summary>Whether a commit is under way that takes from a queue or brings into it.</summary>
    public bool IsAnythingUnderWayIn(string queue) => _asked.Concat(_inDoubt).Any(a => a.Messages.Any(e => e.Before?.Queue == queue || e.After?.Queue == queue));

    /// <summary>Whether a message of this name was ever sent.</summary>
    public bool WasEver(string tag) => _messages.ContainsKey(tag);

    public KnownMessage Message(string tag)
    {
        if (!_messages.TryGetValue(tag, out var known))
            _messages[tag] = known = new KnownMessage(tag);
        return known;
    }

    public KnownMessage? MessageOf(Message message) =>
        message.Text("tag") is { } tag ? _messages.GetValueOrDefault(tag) : throw new AuditException("I3", $"{message.Id} has no tag: its attributes are not those that were sent.");

    public KnownQueue Queue(string name)
    {
        if (!_queues.TryGetValue(name, out var known))
            _queues[name] = known = new KnownQueue(name);
        return known;
    }

    /// <summary>A commit goes to the engine: from now on others may see its effects, before its caller hears of it.</summary>
    public AskedCommit Ask(IReadOnlyList<Effect> effects, string? key = null)
    {
        NoteTime();
        var asked = new AskedCommit(effects, key, ++_at, time.Elapsed, Wall) { Numbers = _queues.ToDictionary(q => q.Key, q => q.Value.HighestNumber), WallSteps = time.WallSteps, ModSeqAbove = _highestModSeq };
        _asked.Add(asked);
        foreach (var effect in effects)
        {
            Touch(effect, 1, "asked");
            if (effect is MessageEffect { IsAdd: true } add)
                add.Known.AcceptedFrom = Wall;
            if (effect is QueueEffect { After: null } removal)
                removal.Queue.IsBeingRemoved = true;
        }
        return asked;
    }

    /// <summary>The engine said yes.</summary>
    public void Acknowledge(AskedCommit asked, CommitResult result)
    {
        if (asked.At > _failedAt)
            throw new AuditException("I14", "A commit was acknowledged by an engine that had said that it is out of service.");
        Conclude(asked, "acknowledged");
        Acknowledged++;
        foreach (var effect in asked.Messages)
        {
            if (effect.By is { IsUncertain: false } lease && lease.EndsUntil + Tick < asked.Elapsed)
                throw new AuditException("I4", $"{effect.Known.Tag} was changed by a lease that had ended at {lease.EndsUntil}, asked at {asked.Elapsed}.{effect.Known.History}");
        }
        var adds = asked.Messages.Where(e => e.IsAdd).ToList();
        if (result.Added.Count != adds.Count)
            throw new AuditException("I3", $"A commit that added {adds.Count} messages was answered with {result.Added.Count}.");
        for (var i = 0; i < adds.Count; i++)
            NoteAdded(asked, adds[i], result.Added[i]);
        CheckSeen(asked);
        Apply(asked);
        NoteChanges(asked);
        if (asked.Key is { } key)
            _keys[key] = new KnownKey(asked, [.. result.Added]);
    }

    /// <summary>The engine said no: nothing happened, and it must have had a reason.</summary>
    public void Refuse(AskedCommit asked, Exception reason)
    {
        Conclude(asked, $"refused: {reason.Message}");
        CheckRefusal(asked, reason);
    }

    /// <summary>The engine answered neither yes nor no.</summary>
    public void Doubt(AskedCommit asked)
    {
        NoteTime();
        Doubted++;
        _asked.Remove(asked);
        asked.Widen(Wall);
        foreach (var effect in asked.Effects)
            Touch(effect, 0, "never answered");
        _inDoubt.Add(asked); // stays under way until it is settled
    }

    /// <summary>A commit was repeated under its key.</summary>
    public void AcknowledgeRepeat(AskedCommit asked, CommitResult result)
    {
        var first = _keys[asked.Key!];
        if (_asked.Concat(_inDoubt).Any(other => other != asked && other.Key == asked.Key))
            return; // when the key was forgotten, another repetition may be the first now
        // The hour in which keys are remembered is wall time: when somebody set the clock nothing is certain.
        var isCertain = first.Asked.WallSteps == time.WallSteps && Wall - first.Asked.WallFrom < TimeSpan.FromMinutes(55);
        if (result.IsRepeat && first.Added is { } added && !added.SequenceEqual(result.Added))
            throw new AuditException("I3", $"The commit with key {asked.Key} was answered otherwise the second time.");
        if (isCertain && !result.IsRepeat)
            throw new AuditException("I3", $"The commit with key {asked.Key} was repeated and happened twice.");
    }

    /// <summary>The engine says that it is out of service.</summary>
    public void NoteFailure() => _failedAt = Math.Min(_failedAt, ++_at);

    /// <summary>Somebody sets the clock.</summary>
    public void StepClock(TimeSpan by)
    {
        NoteTime();
        foreach (var asked in _asked)
            asked.Widen(Wall);
        _clockSteps.Add((++_at, Wall));
        time.StepWallClock(by);
        NoteTime();
        foreach (var asked in _asked)
            asked.Widen(Wall);
    }

    /// <summary>The process is gone: what was under way is in doubt, leases are over, receive counts may be forgotten.</summary>
    public void EndLife()
    {
        NoteTime();
        foreach (var asked in _asked.ToArray())
            Doubt(asked);
        foreach (var asked in _leasesAsked.ToArray())
            LoseLease(asked);
        foreach (var known in _messages.Values)
        {
            known.Lease = null;
            known.CountLow = known.CountDurable;
        }
        _ghosts.Clear();
        _deferrals.Clear();
        _failedAt = long.MaxValue;
    }

    /// <summary>A process begins.</summary>
    public void BeginLife() => _clockSteps.Clear();

    private static TimeSpan Tick => TimeSpan.FromMilliseconds(2);

    private void NoteTime() => _highestWallEver = Wall > _highestWallEver ? Wall : _highestWallEver;

    /// <summary>Whether a message of this due time cannot have become due since it was given it, in this life.</summary>
    private bool IsEarly(KnownMessage known, DateTimeOffset due)
    {
        if (known.State!.MayBeDueAtOnce)
            return false;
        var latest = Wall;
        foreach (var (at, before) in _clockSteps)
            latest = at >= known.DueSetAt && before > latest ? before : latest;
        // A step back of less than a second is a correction: nobody waits once more for it.
        return due > latest + (_clockSteps.Count > 0 ? TimeSpan.FromSeconds(1.1) : Tick);
    }

    private void Conclude(AskedCommit asked, string what)
    {
        NoteTime();
        ++_at;
        _asked.Remove(asked);
        asked.Widen(Wall);
        foreach (var effect in asked.Effects)
            Touch(effect, -1, what);
    }

    private void Touch(Effect effect, int underWay, string what)
    {
        switch (effect)
        {
            case MessageEffect message:
                message.Known.UnderWay += underWay;
                message.Known.TouchedAt = _at;
                message.Known.Note($"{time.Elapsed} {what}: {message.Before} -> {message.After}");
                break;
            case QueueEffect queue:
                queue.Queue.UnderWay += underWay;
                queue.Queue.TouchedAt = _at;
                queue.Queue.IsBeingRemoved &= underWay >= 0;
                break;
        }
    }

    private void NoteAdded(AskedCommit asked, MessageEffect add, AddedMessage added)
    {
        var known = add.Known;
        if (known.Id != MessageId.None && known.Id != added.Id)
            throw new AuditException("I3", $"{known.Tag} was seen as {known.Id} and acknowledged as {added.Id}.");
        if (known.Id == MessageId.None && !_ids.Add(added.Id))
            throw new AuditException("I11", $"The id {added.Id} was given twice.");
        known.Id = added.Id;
        if (known.Number == 0)
            NoteNumber(known, add.After!.Queue, added.Number, asked.Numbers.GetValueOrDefault(add.After.Queue));
    }

    private void Apply(AskedCommit asked)
    {
        foreach (var effect in asked.Effects)
        {
            switch (effect)
            {
                case MessageEffect message:
                    Apply(asked, message);
                    break;
                case DocumentEffect { After: { } value } document:
                    _documents[document.Key] = value;
                    break;
                case DocumentEffect document:
                    _documents.Remove(document.Key);
                    break;
                case QueueEffect queue:
                    if (queue.After?.LeasesMax is { } max)
                        _leasesMaxEver[queue.Queue.Name] = Math.Max(max, _leasesMaxEver.GetValueOrDefault(queue.Queue.Name));
                    (queue.Queue.Policy, queue.Queue.IsRecreated) = (queue.After, queue.Queue.IsRecreated || queue.After is null);
                    break;
            }
        }
    }

    private void Apply(AskedCommit asked, MessageEffect effect)
    {
        var known = effect.Known;
        if (effect.Discards)
            (known.Consumed, known.IsConsumption) = (null, false);
        if (known.IsRemoved && !effect.Replays)
        {
            NoteOvertaken(asked, effect); // somebody else's removal was heard of earlier
            return;
        }
        if (effect.After is not { } after)
        {
            NoteEnd(asked, effect);
            return;
        }
        (known.IsRemoved, known.Consumed) = (false, null);
        NoteChange(asked, known);
        Queue(after.Queue).Policy ??= QueuePolicy.Default;
        if (effect.IsAdd || effect.Replays)
            known.AcceptedFrom = asked.WallFrom;
        // Known already when somebody was handed it before its sender heard of it.
        known.State = after.Resolved(asked.WallFrom, asked.WallUntil);
        if (after.Due is not null)
            known.DueSetAt = asked.At;
        var isLeasedSince = known.Lease is { IsUncertain: true };
        var mayBeReceivedSince = isLeasedSince || known.LeasedMeanwhileAt > asked.At;
        if (effect.Moves)
        {
            (known.Number, known.NumberAbove) = (0, asked.Numbers.GetValueOrDefault(after.Queue));
            (known.CountLow, known.CountHigh, known.CountDurable) = (0, mayBeReceivedSince ? Math.Max(1, known.CountHigh) : 0, 0);
        }
        else if (!effect.IsAdd && !mayBeReceivedSince)
            known.CountDurable = Math.Max(known.CountDurable, known.CountLow);
        if (effect.EndsLease && !isLeasedSince)
            known.Lease = null;
    }
}
