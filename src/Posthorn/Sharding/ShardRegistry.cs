using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>What shards there are and whose is what, recorded in the home shard: so that nodes with different configurations do not run beside each other.</summary>
/// <remarks>
/// What is configured anew is taken over when no other node is there, nothing is on its way between shards, and no queue with messages lies where its
/// name does not lead any more; else the start is refused and nothing has changed. That can only be seen when all shards are there: while one is away,
/// they must be as they were recorded, and what is known of it is what was recorded.
/// <para>Each step may be done again: a shard that is lost at one of them (<see cref="ShardLink.IsLost"/>) ends the agreement, and the next one is without it.</para>
/// </remarks>
/// <param name="links">The shards as they are given, the home shard first.</param>
/// <param name="shards">They without the home shard.</param>
/// <param name="rules">Whose is what by their patterns.</param>
internal sealed class ShardRegistry(IReadOnlyList<ShardLink> links, IReadOnlyList<Shard> shards, ShardRules rules)
{
    /// <summary>What the keys of its documents begin with.</summary>
    internal const string Prefix = "shards/";

    /// <summary>In the home shard: which others there are.</summary>
    private const string RecordsKey = Prefix + "records";

    /// <summary>In the others: which the home shard is.</summary>
    private const string HomeKey = Prefix + "home";

    private const int NamesMax = 5;

    private readonly IShard _home = links[0].Engine;
    private IReadOnlyList<ShardRecord> _agreed = []; // of the shards after the home shard, in their order

    /// <summary>Whether a document is the shards' own.</summary>
    public static bool IsOwn(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>See <see cref="ShardedEngine.ThrowIfSharded"/>.</summary>
    public static void ThrowIfSharded(IEngine engine)
    {
        if (engine.Document(HomeKey) is not null)
            throw new ShardsUnusableException("This is a shard of another database, which has the rest of its queues: name that one, and this one among its shards.");
        if (engine.Document(RecordsKey) is { } records && ShardRecord.Read(records).Where(r => r.Queues.Count > 0).ToList() is { Count: > 0 } missing)
            throw new ShardsUnusableException($"Queues of this database are in other shards ({Names(missing.Select(m => m.Name))}), which are not named: name them as the other nodes do.");
    }

    /// <summary>Compares what is given with what is recorded, and takes over what has changed.</summary>
    /// <exception cref="ShardsUnusableException">They cannot be used so; nothing has changed.</exception>
    public async Task<ShardMap> AgreeAsync(CancellationToken cancellationToken)
    {
        CheckIdentities();
        var recorded = links[0].Begin(home => home.Document(RecordsKey)) is { } document ? ShardRecord.Read(document) : null;
        var wanted = Wanted(recorded ?? []);
        var isNew = recorded is null || !IsSame(recorded, wanted);
        if (isNew)
            CheckChange(recorded);
        _agreed = [.. wanted.Take(shards.Count)];
        var map = new ShardMap(links, rules, [0, .. _agreed.Select(w => w.Range)]);
        foreach (var link in links.Where(l => l.IsOpen))
            await link.BeginAsync(async engine => await engine.UseIdRangeAsync(RangeOf(link), cancellationToken));
        foreach (var link in links.Where(l => l.IsOpen))
            await link.BeginAsync(engine => PrepareAsync(engine, cancellationToken));
        if (isNew)
            await TakeOverAsync(map, wanted, cancellationToken);
        else if (!recorded!.Select(r => r.Name).SequenceEqual(wanted.Select(w => w.Name), StringComparer.Ordinal))
            await RecordAsync(wanted, cancellationToken); // a name is for people, and tells which one is away
        return map;
    }

    /// <summary>Does with a shard that was away what was done with the others at the start.</summary>
    /// <exception cref="ShardsUnusableException">It is not the one that was recorded.</exception>
    public async Task TakeInAsync(ShardLink link, IShard engine, CancellationToken cancellationToken)
    {
        if (engine.Identity != _agreed[link.Index - 1].Identity)
            throw new ShardsUnusableException("its address leads to another database than the one that was recorded for it. Name that one; to give it up, see the guide.");
        CheckBelongs(link.Name, engine);
        await engine.UseIdRangeAsync(RangeOf(link), cancellationToken);
        await PrepareAsync(engine, cancellationToken);
    }

    private int RangeOf(ShardLink link) => link.IsHome ? 0 : _agreed[link.Index - 1].Range;

    private static string Names(IEnumerable<string> names)
    {
        var all = names.Select(n => $"'{n}'").ToList();
        return string.Join(", ", all.Take(NamesMax)) + (all.Count > NamesMax ? $" and {all.Count - NamesMax} more" : "");
    }

    private static bool IsSame(IReadOnlyList<ShardRecord> recorded, IReadOnlyList<ShardRecord> wanted) =>
        recorded.Select(r => r.Identity).SequenceEqual(wanted.Select(w => w.Identity))
        && recorded.Zip(wanted).All(p => p.First.Range == p.Second.Range && p.First.Queues.SequenceEqual(p.Second.Queues, StringComparer.Ordinal));

    private void CheckIdentities()
    {
        if (links.GroupBy(l => l.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } named)
            throw new ShardsUnusableException($"Two shards are called '{named.Key}': give each a name of its own.");
        if (links.Where(l => l.IsOpen).GroupBy(l => l.Engine.Identity).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new ShardsUnusableException($"The shards {Names(same.Select(l => l.Name))} are the same database, or copies of one: name each once, and give it an empty database of its own.");
        if (links[0].Begin(home => home.Document(HomeKey)) is not null)
            throw new ShardsUnusableException("The first database is a shard of another: name that one first, and this one among its shards.");
        foreach (var link in links.Skip(1).Where(l => l.IsOpen))
            link.Begin(engine => CheckBelongs(link.Name, engine));
    }

    private void CheckBelongs(string name, IShard engine)
    {
        if (engine.Document(RecordsKey) is not null)
            throw new ShardsUnusableException($"The shard '{name}' has shards of its own: it can only be the first database.");
        if (engine.Document(HomeKey) is { } home && new Guid(home.Span) != _home.Identity)
            throw new ShardsUnusableException($"The shard '{name}' belongs to another first database: give an empty database.");
    }

    /// <summary>What is to be recorded: the shards that are given, then those that have no queues any more, whose ranges nobody else may have.</summary>
    private List<ShardRecord> Wanted(IReadOnlyList<ShardRecord> recorded)
    {
        var known = recorded.ToDictionary(r => r.Identity);
        var next = recorded.Select(r => r.Range).DefaultIfEmpty(0).Max() + 1;
        var wanted = shards.Select((s, i) => (Identity: IdentityOf(i, recorded), Shard: s))
            .Select(s => new ShardRecord(s.Identity, s.Shard.Name, known.TryGetValue(s.Identity, out var old) ? old.Range : next++, s.Shard.Queues)).ToList();
        var left = recorded.Where(r => wanted.TrueForAll(w => w.Identity != r.Identity)).ToList();
        if (left.Where(r => r.Queues.Count > 0).ToList() is { Count: > 0 } missing)
        {
            throw new ShardsUnusableException(
                $"The shards {Names(missing.Select(m => m.Name))} are missing, and have queues ({Names(missing.SelectMany(m => m.Queues))}). Name them; to give one up, start once with no queues for it: what is left in it is told then.");
        }
        return [.. wanted, .. left];
    }

    /// <summary>The store of a shard: of one that is away that which was recorded, at its place.</summary>
    private Guid IdentityOf(int at, IReadOnlyList<ShardRecord> recorded)
    {
        if (links[at + 1].IsOpen)
            return links[at + 1].Engine.Identity;
        if (at < recorded.Count && recorded[at].Name == shards[at].Name && recorded[at].Queues.SequenceEqual(shards[at].Queues, StringComparer.Ordinal))
            return recorded[at].Identity;
        throw new ShardsUnusableException(
            $"{links[at + 1].Fault} It is new, or its name, its queues or its place among the shards were changed: that is taken over only when it is there. Start it first, or start with the shards as they were.");
    }

    private void CheckChange(IReadOnlyList<ShardRecord>? recorded)
    {
        if (links.FirstOrDefault(l => !l.IsOpen) is { } away)
            throw new ShardsUnusableException($"{away.Fault} Other shards are not as they were recorded: that is taken over only when all of them are there. Start it first, or start with the shards as they were.");
        if (links.SelectMany(OtherNodes).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } others)
        {
            throw new ShardsUnusableException(
                $"The nodes {Names(others)} run with other shards{(recorded is null ? " (none)" : "")} than are configured here. Give this one their configuration; or stop them all, and start them with the new one.");
        }
        foreach (var link in links)
        {
            if (link.Begin(engine => engine.Status(BetweenQueues.Outbox)) is { Messages: > 0 and var count })
            {
                throw new ShardsUnusableException(
                    $"{count} messages are on their way from the shard '{link.Name}' to others. Start a node with the shards as they were, and change them when it has run for a minute.");
            }
        }
        if (links.SelectMany(Strays).Where(s => s.Queue.Messages + s.Queue.Consumed > 0).ToList() is { Count: > 0 } strays)
        {
            var (queue, at) = strays[0];
            throw new ShardsUnusableException(
                $"Queues with messages are not where their names lead by these shards: {Names(strays.Select(s => s.Queue.Name.Value))}. '{queue.Name}' is in '{at.Name}' and would be in '{links[rules.Of(queue.Name)].Name}'."
                + " Start with the shards as they were and move their messages to a queue that is where they are to go, or let them be worked off; empty queues move by themselves.");
        }
    }

    private static IEnumerable<string> OtherNodes(ShardLink link)
    {
        var view = link.Begin(engine => engine.Cluster.View);
        return view.Nodes.Where(n => n.Id != view.Self.Id && n.State != NodeState.Dead).Select(n => n.Name);
    }

    private IEnumerable<(QueueStatus Queue, ShardLink At)> Strays(ShardLink link) =>
        link.Begin(engine => engine.Queues()).Where(q => !BetweenQueues.Has(q.Name) && rules.Of(q.Name) != link.Index).Select(q => (q, link));

    /// <summary>The queues that a shard needs for what goes between it and others.</summary>
    private static async Task PrepareAsync(IShard engine, CancellationToken cancellationToken)
    {
        if (engine.Status(BetweenQueues.Outbox) is null || engine.Status(BetweenQueues.Receipts) is null)
            await engine.CommitAsync(new Commit().MakeQueue(BetweenQueues.Outbox, QueuePolicy.Default).MakeQueue(BetweenQueues.Receipts, QueuePolicy.Default), cancellationToken);
    }

    /// <summary>Moves empty queues to where their names lead, lets dead letters go where theirs do, and records it all.</summary>
    private async Task TakeOverAsync(ShardMap map, IReadOnlyList<ShardRecord> wanted, CancellationToken cancellationToken)
    {
        foreach (var (queue, at) in links.SelectMany(Strays).ToList())
        {
            var target = map.ShardOf(queue.Name);
            await CommitAsync(target, new Commit().MakeQueue(queue.Name, map.Kept(queue.Name, ShardMap.Shown(queue).Policy)), cancellationToken);
            await CommitAsync(at, new Commit().DeleteEmptyQueue(queue.Name), cancellationToken);
        }
        foreach (var link in links)
        {
            var commit = new Commit();
            foreach (var queue in link.Begin(engine => engine.Queues()).Where(q => !BetweenQueues.Has(q.Name)))
            {
                var kept = map.Kept(queue.Name, ShardMap.Shown(queue).Policy);
                if (kept != queue.Policy)
                    commit.SetQueue(queue.Name, kept);
                if (kept.DeadLetterQueue is { } letters && BetweenQueues.Has(letters))
                    commit.MakeQueue(letters, QueuePolicy.Default);
            }
            if (!link.IsHome)
                commit.SetDocument(HomeKey, _home.Identity.ToByteArray());
            if (commit.Operations.Count > 0)
                await CommitAsync(link, commit, cancellationToken);
        }
        await RecordAsync(wanted, cancellationToken);
    }

    private Task RecordAsync(IReadOnlyList<ShardRecord> wanted, CancellationToken cancellationToken) =>
        CommitAsync(links[0], new Commit().SetDocument(RecordsKey, ShardRecord.Write(wanted)), cancellationToken);

    private static Task CommitAsync(ShardLink link, Commit commit, CancellationToken cancellationToken) =>
        link.BeginAsync(async engine => await engine.CommitAsync(commit, cancellationToken));
}
