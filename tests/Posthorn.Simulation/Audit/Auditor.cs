using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Simulation.Audit;

/// <summary>
/// The reference model: what must be true of the queues, fed with acknowledgements only. Commits whose answer never came are in doubt:
/// after a restart each of them must have happened whole or not at all.
/// </summary>
public sealed class Auditor
{
    private const string TagAttribute = "tag";
    private const string NoteAttribute = "note";

    private readonly Dictionary<string, ExpectedMessage> _live = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly List<IReadOnlyList<Effect>> _inDoubt = [];
    private readonly List<(string Key, byte[]? Value)> _documentsInDoubt = [];
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _removedAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _histories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CommitResult> _keys = new(StringComparer.Ordinal);

    /// <summary>Messages that must be there.</summary>
    public IReadOnlyDictionary<string, ExpectedMessage> Live => _live;

    public int Acknowledged { get; private set; }

    public int Doubtful => _inDoubt.Count;

    public static Dictionary<string, AttributeValue> AttributesOf(ExpectedMessage message)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [TagAttribute] = message.Tag };
        if (message.Note is { } note)
            attributes[NoteAttribute] = note;
        return attributes;
    }

    public static string TagOf(Message message) => message.Text(TagAttribute) ?? throw new AuditException("I3", $"{message.Id} has no tag: its attributes are not those that were sent.");

    /// <summary>A commit goes to the engine: from now on others may see its effects, before its caller hears of it.</summary>
    public void Expect(IReadOnlyList<Effect> effects)
    {
        _underWay.UnionWith(effects.Select(e => e.Tag));
        Note(effects, "asked");
    }

    /// <summary>The engine said yes.</summary>
    public void Acknowledge(IReadOnlyList<Effect> effects)
    {
        Acknowledged++;
        _underWay.ExceptWith(effects.Select(e => e.Tag));
        Note(effects, "acknowledged");
        foreach (var effect in effects)
            Apply(effect);
    }

    /// <summary>The engine said no: nothing happened.</summary>
    public void Refuse(IReadOnlyList<Effect> effects)
    {
        _underWay.ExceptWith(effects.Select(e => e.Tag));
        Note(effects, "refused");
    }

    public void AcknowledgeDocument(string key, byte[]? value) => ApplyDocument(key, value);

    public void AcknowledgeKey(string key, CommitResult result)
    {
        if (_keys.TryGetValue(key, out var first) && (!result.IsRepeat || !first.Added.SequenceEqual(result.Added)))
            throw new AuditException("I3", $"The commit with key {key} was repeated and happened twice, or answered otherwise than the first time.");
        _keys.TryAdd(key, result);
    }

    /// <summary>The engine never answered.</summary>
    public void Doubt(IReadOnlyList<Effect> effects)
    {
        _underWay.ExceptWith(effects.Select(e => e.Tag));
        Note(effects, "never answered");
        _inDoubt.Add(effects);
    }

    /// <summary>Whether a commit on it never got its answer, so that nobody can say what it is now.</summary>
    public bool IsDoubtful(string tag) => _inDoubt.Any(effects => effects.Any(e => e.Tag == tag));

    public void DoubtDocument(string key, byte[]? value) => _documentsInDoubt.Add((key, value));

    /// <summary>A leased message must be one that existed at some time since it was asked for: somebody else may have removed it while it was read.</summary>
    /// <param name="message">What was handed out.</param>
    /// <param name="askedAt"><see cref="Acknowledged"/> when it was asked for.</param>
    public void CheckLeased(Message message, int askedAt)
    {
        var tag = TagOf(message);
        if (!_live.ContainsKey(tag) && !_underWay.Contains(tag) && !IsDoubtful(tag) && !(_removedAt.GetValueOrDefault(tag, -1) > askedAt))
            throw new AuditException("I2", $"{tag} was handed out and should not be there.{HistoryOf(tag)}");
    }

    /// <summary>Compares everything an engine holds with what it must hold, settling what was in doubt.</summary>
    public async Task AuditAsync(IEngine engine)
    {
        var found = new Dictionary<string, ExpectedMessage>(StringComparer.Ordinal);
        foreach (var queue in engine.Queues())
        {
            long count = 0, lastNumber = -1;
            var lastPriority = int.MaxValue;
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All))
            {
                count++;
                var inOrder = message.Priority.Value < lastPriority || (message.Priority.Value == lastPriority && message.Number > lastNumber);
                if (!inOrder)
                    throw new AuditException("I5", $"{queue.Name} is not in order at number {message.Number}.");
                (lastPriority, lastNumber) = (message.Priority.Value, message.Number);
                if (message.Number >= queue.NextNumber)
                    throw new AuditException("I11", $"{queue.Name} would give number {message.Number} again.");
                var actual = await ReadAsync(engine, message);
                if (!found.TryAdd(actual.Tag, actual))
                    throw new AuditException("I3", $"{actual.Tag} is in two places: {found[actual.Tag].Queue} and {actual.Queue}.");
            }
            if (count != queue.Messages)
                throw new AuditException("I9", $"{queue.Name} counts {queue.Messages} messages and shows {count}.");
        }
        Settle(found);
        foreach (var (tag, expected) in _live)
        {
            if (!found.TryGetValue(tag, out var actual))
                throw new AuditException("I1", $"{tag} was acknowledged and is lost; it should be {expected}.{HistoryOf(tag)}");
            if (actual != expected)
                throw new AuditException("I3", $"{tag} should be {expected} and is {actual}.{HistoryOf(tag)}");
        }
        foreach (var tag in found.Keys)
        {
            if (!_live.ContainsKey(tag))
                throw new AuditException("I2", $"{tag} came back, or was never acknowledged whole; it is {found[tag]}.{HistoryOf(tag)}");
        }
        AuditDocuments(engine);
    }

    private async Task<ExpectedMessage> ReadAsync(IEngine engine, Message message)
    {
        var tag = TagOf(message);
        // A held message that is leased shows its lease; whether it is held is seen when that has ended, after the next power loss at the latest.
        var isHeld = message.State == MessageState.Held || (message.State == MessageState.Leased && _live.TryGetValue(tag, out var live) && live.IsHeld);
        var length = checked((int)message.Content.Length);
        await using var content = await engine.OpenAsync(message.Content);
        var bytes = new byte[length];
        var read = 0;
        while (read < length)
        {
            var n = await content.ReadAsync(bytes.AsMemory(read));
            if (n == 0)
                throw new AuditException("I3", $"The body of {tag} ends after {read} of {length} bytes.");
            read += n;
        }
        if (!bytes.AsSpan().SequenceEqual(ExpectedMessage.BodyOf(tag, length)))
            throw new AuditException("I3", $"The body of {tag} has other bytes than were sent.");
        return new ExpectedMessage(tag, message.Queue, length, message.Priority.Value, isHeld, message.Text(NoteAttribute));
    }

    private void Settle(Dictionary<string, ExpectedMessage> found)
    {
        foreach (var effects in _inDoubt)
        {
            var happened = effects.Count(e => found.GetValueOrDefault(e.Tag) == e.After && e.After != e.Before);
            var changing = effects.Count(e => e.After != e.Before);
            if (happened == changing)
                foreach (var effect in effects)
                    Apply(effect);
            else if (happened != 0)
                throw new AuditException("I3", $"A commit without an answer happened in part: {happened} of {changing} effects, the first on {effects[0].Tag}.");
        }
        _inDoubt.Clear();
    }

    private void AuditDocuments(IEngine engine)
    {
        foreach (var (key, value) in _documentsInDoubt)
        {
            if (Same(engine.Document(key), value))
                ApplyDocument(key, value);
        }
        _documentsInDoubt.Clear();
        foreach (var (key, value) in _documents)
        {
            if (!Same(engine.Document(key), value))
                throw new AuditException("I1", $"Document {key} is not what was acknowledged.");
        }
        var count = engine.Documents("").Count;
        if (count != _documents.Count)
            throw new AuditException("I2", $"There are {count} documents and should be {_documents.Count}.");
    }

    private void Note(IReadOnlyList<Effect> effects, string what)
    {
        foreach (var effect in effects)
        {
            if (!_histories.TryGetValue(effect.Tag, out var history))
                _histories[effect.Tag] = history = [];
            history.Add($"{what}: {effect.Before} -> {effect.After}");
        }
    }

    private string HistoryOf(string tag) => _histories.TryGetValue(tag, out var history) ? "\n  " + string.Join("\n  ", history) : "";

    private static bool Same(ReadOnlyMemory<byte>? actual, byte[]? expected) =>
        actual is { } a ? expected is not null && a.Span.SequenceEqual(expected) : expected is null;

    private void Apply(Effect effect)
    {
        if (effect.After is null)
        {
            _live.Remove(effect.Tag);
            _removedAt[effect.Tag] = Acknowledged;
        }
        else
            _live[effect.Tag] = effect.After;
    }

    private void ApplyDocument(string key, byte[]? value)
    {
        if (value is null)
            _documents.Remove(key);
        else
            _documents[key] = value;
    }
}
