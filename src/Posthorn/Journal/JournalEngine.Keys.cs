using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>
/// What shall not happen twice: commits by their idempotency key, for an hour; messages by their deduplication id, for their queue's window.
/// Remembered with the answer of the first time, over restarts (<see cref="KeyTable"/>); what is under way counts as there.
/// </summary>
public sealed partial class JournalEngine
{
    private readonly Dictionary<KeyName, (PendingCommit Commit, AddedMessage First)> _keysUnderWay = [];

    private bool FindRepeat(string? key, out Task first)
    {
        first = Task.CompletedTask;
        if (key is null)
            return false;
        var name = KeyName.OfCommit(key);
        _index.Keys.ForgetOld(NowTicks);
        if (_keysUnderWay.TryGetValue(name, out var underWay))
            first = underWay.Commit.Task;
        else if (_index.Keys.TryFind(name, out var remembered))
            first = Task.FromResult(new CommitResult(remembered.Added) { Moved = remembered.Moved ?? [] });
        else
            return false;
        return true;
    }

    /// <summary>
    /// Writes down which keys were forgotten when the clock was set back to a time at which they still stood, before a commit comes for one of them: it lies
    /// behind this in the journal, and is not on stable storage before this is.
    /// </summary>
    /// <returns>False when there is no room for it now.</returns>
    private bool WriteForgotten()
    {
        if (!_index.Keys.TryTakeForgotten(NowTicks, out var forgotten))
            return true;
        var pending = new PendingCommit { NeedsSync = false, IsInternal = true };
        CountersCodec.Write(pending.Operations, _index.NextMessage, _index.NextQueue, forgotten);
        if (SubmitOwn(pending))
            return true;
        _index.Keys.NoteForgotten(forgotten.Until);
        return false;
    }

    /// <summary>Finds the messages of a commit that came before.</summary>
    /// <returns>False when the commit was encoded with others left out: it must be encoded again.</returns>
    private bool Deduplicate(PendingCommit pending, CommitEncoder encoder)
    {
        if (!pending.HasDeduplicationIds)
            return true;
        _index.Keys.ForgetOld(NowTicks);
        return encoder.LeaveOut(new DuplicateSearch(_index, name => _keysUnderWay.TryGetValue(name, out var underWay) ? underWay.First : null).Find(encoder.Operations));
    }

    /// <summary>Fills in the answers to adds that are not made, and notes what nobody else may do meanwhile.</summary>
    private void AssignKeys(PendingCommit pending, Span<byte> operations, long now)
    {
        foreach (var (add, of) in pending.Duplicates ?? [])
            pending.Added[add] = (of.SameAs < 0 ? of.Known : pending.Added[of.SameAs]) with { IsDuplicate = true };
        if (pending.HasDeduplicationIds)
        {
            foreach (var step in pending.Steps)
            {
                if (step.DeduplicationId is { } id)
                    AssignDeduplication(pending, step, id, operations, now);
            }
        }
        if (pending.Key is not { } key)
            return;
        KeyCodec.Set(operations[pending.KeyAt..], now, pending.Added, pending.Moved);
        _keysUnderWay.Add(KeyName.OfCommit(key), (pending, default));
    }

    private void AssignDeduplication(PendingCommit pending, CommitStep step, string id, Span<byte> operations, long now)
    {
        var policy = step.To!.SubmittedPolicy;
        var isByGroup = policy.DeduplicationScope == DeduplicationScope.Group;
        var first = pending.Added[step.AddIndex];
        DeduplicationCodec.Set(operations[step.DeduplicationAt..], step.To.Identity, isByGroup, Later(now, policy.DeduplicationWindow), first);
        if (policy.DeduplicationWindow <= TimeSpan.Zero)
            return;
        var name = new KeyName(step.To.Identity, isByGroup ? step.Group ?? "" : "", id);
        _keysUnderWay[name] = (pending, first);
        (pending.Deduplicated ??= []).Add(name);
    }

    /// <summary>A commit is on disk: what it remembers is in the index by now.</summary>
    private void ForgetUnderWay(PendingCommit commit)
    {
        if (commit.Key is { } key)
            _keysUnderWay.Remove(KeyName.OfCommit(key));
        foreach (var name in commit.Deduplicated ?? [])
            _keysUnderWay.Remove(name);
    }

    /// <summary>The commits under way that add what a commit without anything left to do is answered with.</summary>
    private List<Task> FirstsUnderWay(PendingCommit pending)
    {
        var known = pending.Duplicates!.Select(duplicate => duplicate.Of.Known.Id).ToHashSet();
        return [.. _keysUnderWay.Values.Where(underWay => known.Contains(underWay.First.Id)).Select(underWay => underWay.Commit.Task).Distinct()];
    }
}
