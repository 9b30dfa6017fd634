using Posthorn.Commits;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>Idempotency keys: remembered for an hour with their commit's result, over restarts.</summary>
public sealed partial class JournalEngine
{
    private const int KeyLengthMax = 128;
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(1);

    private readonly Dictionary<string, RememberedKey> _keys = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long CommittedAt)> _keysByAge = new();
    private readonly Dictionary<string, PendingCommit> _keysUnderWay = new(StringComparer.Ordinal);

    private bool FindRepeat(string? key, out Task first)
    {
        first = Task.CompletedTask;
        if (key is null)
            return false;
        ForgetOldKeys();
        if (_keysUnderWay.TryGetValue(key, out var pending))
            first = pending.Task;
        else if (_keys.TryGetValue(key, out var remembered))
            first = Task.FromResult(new CommitResult(remembered.Added));
        else
            return false;
        return true;
    }

    private void RememberKey(string key, long now, AddedMessage[] added, Segment segment)
    {
        _keysUnderWay.Remove(key);
        _keys[key] = new RememberedKey(now, added);
        _keysByAge.Enqueue((key, now));
        segment.Keys.Add(key);
        ForgetOldKeys();
    }

    /// <summary>Puts the keys that a start has found in the order of their age.</summary>
    private void OrderKeys()
    {
        foreach (var (key, remembered) in _keys.OrderBy(pair => pair.Value.CommittedAt).ThenBy(pair => pair.Key, StringComparer.Ordinal))
            _keysByAge.Enqueue((key, remembered.CommittedAt));
        ForgetOldKeys();
    }

    private void ForgetOldKeys()
    {
        var oldest = NowTicks - KeyLife.Ticks;
        while (_keysByAge.TryPeek(out var head) && (head.CommittedAt <= oldest || _keys.Count > _options.KeysMax))
        {
            _keysByAge.Dequeue();
            if (_keys.TryGetValue(head.Key, out var remembered) && remembered.CommittedAt == head.CommittedAt)
                _keys.Remove(head.Key);
        }
    }

    private sealed record RememberedKey(long CommittedAt, AddedMessage[] Added);
}
