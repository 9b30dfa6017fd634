using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What was decided becomes the batch's state, and those who look on are told of it.</summary>
internal sealed partial class CommitDecision
{
    /// <summary>Makes what was decided the state that the next commit of the batch begins with.</summary>
    /// <param name="key">The commit's idempotency key, remembered with its result until <paramref name="keyUntil"/>; null for none.</param>
    /// <param name="keyUntil">Ticks.</param>
    /// <param name="result">What it is answered.</param>
    /// <returns>What it does, queue by queue.</returns>
    public IReadOnlyCollection<CommitEffects> Merge(string? key, long keyUntil, CommitResult result)
    {
        var effects = Effects();
        foreach (var (id, queue) in _queues)
            _state.Queues[id] = queue;
        foreach (var (name, id) in _names)
        {
            if (id is { } known)
                _state.Names[name] = known;
            else
                _state.Names.Remove(name);
        }
        foreach (var (id, entry) in _entries)
        {
            Refer(_state.Entries.GetValueOrDefault(id)?.Data.BodyId ?? 0, -1);
            Refer(entry?.Data.BodyId ?? 0, 1);
            _state.Entries[id] = entry;
        }
        _state.NewBodies.AddRange(_newBodies.Values);
        foreach (var (of, first) in _deduplicated)
        {
            _state.Deduplicated[of] = first;
            _state.NewDeduplicated.Add(of);
        }
        foreach (var (of, value) in _documents)
            _state.Documents[of] = value;
        if (key is not null)
        {
            _state.Keys[key] = new Remembered<CommitResult>(keyUntil, result);
            _state.NewKeys.Add(key);
        }
        return effects;
    }

    private void Refer(long bodyId, int by)
    {
        if (bodyId == 0 || RowBody.Is(bodyId))
            return;
        var body = _state.Bodies.GetValueOrDefault(bodyId);
        _state.Bodies[bodyId] = body with { References = Math.Max(body.References, 0) + by };
    }

    private IReadOnlyCollection<CommitEffects> Effects()
    {
        var effects = new Dictionary<long, CommitEffects>();
        foreach (var id in _queues.Keys)
            Of(id);
        foreach (var (id, after) in _entries.OrderBy(e => e.Value?.Number ?? 0))
            Note(_state.Find(id), after);
        foreach (var effect in effects.Values)
        {
            if (effect.IsDeleted)
                effect.Changes.Clear();
            if (effect.IsDeleted)
                effect.Changes.Add(new QueueChange(0, QueueChangeKind.QueueRemoved, 0));
            else
                SortRemovedFirst(effect.Changes);
        }
        // A queue that is gone comes before the one that was made under its name.
        return [.. effects.Values.OrderBy(e => e.QueueId)];

        CommitEffects Of(long id)
        {
            if (effects.TryGetValue(id, out var known))
                return known;
            var queue = Queue(id)!;
            return effects[id] = new CommitEffects(id, queue.Name)
            {
                ModSeqBefore = _state.Queues.GetValueOrDefault(id)?.HighestModSeq ?? 0,
                ModSeq = queue.HighestModSeq,
                IsRemade = _remade.Contains(id),
                IsDeleted = queue.IsDeleted,
                KeepsTooMuch = queue.KeepsTooMuch,
            };
        }

        void Note(Entry? before, Entry? after)
        {
            var wasThere = before is { IsConsumed: false };
            var isThere = after is { IsConsumed: false } && Queue(after.QueueId) is { IsDeleted: false };
            var stays = wasThere && isThere && before!.QueueId == after!.QueueId && before.Number == after.Number;
            if (wasThere && !stays)
            {
                var from = Of(before!.QueueId);
                from.Removed++;
                from.TouchedGroups.Add(before.Group);
                from.Changes.Add(new QueueChange(before.Number, QueueChangeKind.Removed, from.ModSeq));
            }
            if (!isThere)
                return;
            var to = Of(after!.QueueId);
            to.Added += stays ? 0 : 1;
            to.TouchedGroups.Add(after.Group);
            if (stays)
                to.TouchedGroups.Add(before!.Group);
            to.Changes.Add(new QueueChange(after.Number, stays ? QueueChangeKind.Changed : QueueChangeKind.Added, after.ModSeq));
            var state = after.State(Now);
            if (state == MessageState.Ready)
                to.Groups.Add(after.Group);
            else if (state == MessageState.Delayed)
                to.DueAt = Math.Min(to.DueAt ?? long.MaxValue, after.DueAt);
        }
    }

    private static void SortRemovedFirst(List<QueueChange> changes)
    {
        if (changes.Count > 1)
            changes.Sort(static (a, b) => (a.Kind != QueueChangeKind.Removed, a.Number).CompareTo((b.Kind != QueueChangeKind.Removed, b.Number)));
    }
}
