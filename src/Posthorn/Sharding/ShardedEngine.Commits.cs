using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>Commits within one shard.</summary>
public sealed partial class ShardedEngine
{
    /// <summary>A message that is not where it was thought to be is looked for; so often, should it move on meanwhile.</summary>
    private const int TriesMax = 4;

    /// <inheritdoc/>
    /// <exception cref="SpanningCommitException">Operations that may fail lie in several shards; nothing happened.</exception>
    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isClosed != 0, this);
        Check(commit);
        if (commit.IdempotencyKey is { } key && await RepeatedAsync(commit, key, cancellationToken) is { } repeated)
            return repeated;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return OnlyShardOf(commit) is { } only ? await CommitAsync(only, commit, cancellationToken) : await SpanAsync(commit, takesRoom: true, cancellationToken);
            }
            catch (CommitConflictException e) when (tries < TriesMax)
            {
                if (!await FindElsewhereAsync(commit, e.Conflicts, cancellationToken))
                    throw;
            }
        }
    }

    private async ValueTask<CommitResult> CommitAsync(ShardLink shard, Commit commit, CancellationToken cancellationToken)
    {
        if (!commit.Operations.Any(IsToBeTranslated))
            return await shard.AskAsync(e => e.CommitAsync(commit, cancellationToken));
        await using var bodies = new BodyHandover();
        var (translated, origins) = (Like(commit), new List<int>(commit.Operations.Count));
        for (var i = 0; i < commit.Operations.Count; i++)
            await TranslateAsync(shard, commit.Operations[i], i, translated, origins, bodies, cancellationToken);
        try
        {
            var result = await shard.AskAsync(e => e.CommitAsync(translated, cancellationToken));
            WatchLetters(shard, translated);
            return result;
        }
        catch (CommitConflictException e)
        {
            throw Translated(e, origins);
        }
    }

    /// <summary>A commit without operations that is in all else like another.</summary>
    private static Commit Like(Commit commit) => new() { IdempotencyKey = commit.IdempotencyKey, RoomWait = commit.RoomWait, Linger = commit.Linger };

    private static CommitConflictException Translated(CommitConflictException conflict, List<int> origins) =>
        new([.. conflict.Conflicts.Where(c => c.Operation < origins.Count).Select(c => c with { Operation = origins[c.Operation] })]);

    private bool IsToBeTranslated(CommitOperation operation) => operation switch
    {
        CommitOperation.Add add => BodyHandover.IsNeededFor(add.Message.Content),
        CommitOperation.Change change => BodyHandover.IsNeededFor(change.Changes.Content),
        CommitOperation.SetQueue set => set.Policy.DeadLetterQueue is { } letters && _map.ShardOf(letters) != _map.ShardOf(set.Name),
        _ => false,
    };

    /// <summary>Adds an operation to a shard's commit, in the shard's own terms.</summary>
    private async ValueTask TranslateAsync(
        ShardLink shard, CommitOperation operation, int origin, Commit commit, List<int> origins, BodyHandover bodies, CancellationToken cancellationToken)
    {
        var translated = operation switch
        {
            CommitOperation.Add add => add with { Message = add.Message with { Content = await bodies.ForAsync(add.Message.Content, shard, cancellationToken) } },
            CommitOperation.Change { Changes.Content: { } content } change =>
                change with { Changes = change.Changes with { Content = await bodies.ForAsync(content, shard, cancellationToken) } },
            CommitOperation.SetQueue set => set with { Policy = _map.Kept(set.Name, set.Policy) },
            _ => operation,
        };
        commit.With(translated);
        origins.Add(origin);
        if (translated is CommitOperation.SetQueue { Policy.DeadLetterQueue: { } letters } && BetweenQueues.Has(letters))
        {
            commit.MakeQueue(letters, QueuePolicy.Default);
            origins.Add(origin);
        }
    }

    private void WatchLetters(ShardLink shard, Commit commit)
    {
        foreach (var operation in commit.Operations)
        {
            if (operation is CommitOperation.SetQueue { Policy.DeadLetterQueue: { } letters } && BetweenQueues.Has(letters))
                _courier.Watch(shard, letters);
        }
    }

    /// <summary>The shard that a commit is in as a whole; null when it spans several.</summary>
    private ShardLink? OnlyShardOf(Commit commit)
    {
        if (commit.Operations.Count == 0)
            return _map.Home;
        var only = _map.ShardOf(commit.Operations[0]);
        foreach (var operation in commit.Operations)
        {
            if (_map.ShardOf(operation) != only || (ShardMap.TargetOf(operation) is { } target && _map.ShardOf(target) != only))
                return null;
        }
        return only;
    }

    private static void Check(Commit commit)
    {
        CommitLimits.Check(commit);
        foreach (var operation in commit.Operations)
        {
            var queue = operation switch
            {
                CommitOperation.Add add => add.Message.Queue,
                CommitOperation.SetQueue set => set.Name,
                CommitOperation.DeleteQueue delete => delete.Name,
                _ => ShardMap.TargetOf(operation) ?? default,
            };
            if (BetweenQueues.Has(queue))
                throw new ArgumentException($"The queue '{queue}' is the shards' own: choose another name.");
        }
    }

    /// <summary>Looks for messages that are not where they were thought to be.</summary>
    /// <returns>Whether one was found somewhere else, so that it is worth another try.</returns>
    private async ValueTask<bool> FindElsewhereAsync(Commit commit, IReadOnlyList<CommitConflict> conflicts, CancellationToken cancellationToken)
    {
        var missing = conflicts.Where(c => c.Reason == ConflictReason.MessageNotFound).Select(c => ShardMap.MessageOf(commit.Operations[c.Operation])).OfType<MessageId>().Distinct();
        var found = await Task.WhenAll(missing.Select(id => FindElsewhereAsync(id, cancellationToken)));
        return found.Any(f => f);
    }

    private async Task<bool> FindElsewhereAsync(MessageId id, CancellationToken cancellationToken)
    {
        var thought = _map.ShardOf(id);
        foreach (var link in _map.Links.Where(l => l != thought))
        {
            if (await link.AskAsync(e => e.FindAsync(id, cancellationToken)) is { } message && !BetweenQueues.Has(message.Queue))
            {
                _map.Seen(id, link);
                return true;
            }
        }
        // Moved back, or ended where it began.
        if (_map.BeginningOf(id) != thought)
            _map.Seen(id, _map.BeginningOf(id));
        return false;
    }
}
