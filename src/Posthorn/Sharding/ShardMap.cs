using System.Collections.Concurrent;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>Where things are, and how what a shard has looks from outside.</summary>
/// <remarks>
/// A queue is where its name says. A message is taken to be where its id began, or where it was last seen by this node; it may have moved on, which
/// the shard then says.
/// </remarks>
internal sealed class ShardMap
{
    /// <summary>So many messages that are not where their ids began are remembered; then all are forgotten, and looked for when they are asked for.</summary>
    private const int SeenMax = 100_000;

    private readonly ShardRules _rules;
    private readonly Dictionary<int, ShardLink> _byRange;
    private readonly ConcurrentDictionary<ulong, ShardLink> _seen = new();

    /// <param name="links">The shards, the home shard first.</param>
    /// <param name="rules">Whose is which queue.</param>
    /// <param name="ranges">The range of ids of each.</param>
    public ShardMap(IReadOnlyList<ShardLink> links, ShardRules rules, IReadOnlyList<int> ranges)
    {
        (Links, _rules) = (links, rules);
        _byRange = links.Select((link, i) => (link, Range: ranges[i])).ToDictionary(l => l.Range, l => l.link);
    }

    public IReadOnlyList<ShardLink> Links { get; }

    public ShardLink Home => Links[0];

    /// <summary>The message that an operation is about; null when it is about none that is there.</summary>
    public static MessageId? MessageOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Remove remove => remove.Message.Id,
        CommitOperation.Change change => change.Message.Id,
        CommitOperation.Replay replay => replay.Message,
        _ => null,
    };

    /// <summary>The queue that an operation takes its message to; null when it stays or there is none.</summary>
    public static QueueName? TargetOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Change change => change.MoveTo,
        CommitOperation.Replay replay => replay.To,
        _ => null,
    };

    public ShardLink ShardOf(QueueName queue) => Links[_rules.Of(queue)];

    /// <summary>Where a message probably is.</summary>
    public ShardLink ShardOf(MessageId id) => _seen.TryGetValue(id.Value, out var seen) ? seen : BeginningOf(id);

    /// <summary>Where a message began.</summary>
    public ShardLink BeginningOf(MessageId id) => _byRange.GetValueOrDefault(IdRanges.Of(id), Home);

    /// <summary>Where an operation is done; of one that moves a message, where it begins.</summary>
    public ShardLink ShardOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Add add => ShardOf(add.Message.Queue),
        CommitOperation.SetQueue set => ShardOf(set.Name),
        CommitOperation.DeleteQueue delete => ShardOf(delete.Name),
        CommitOperation.SetDocument => Home,
        _ => ShardOf(MessageOf(operation)!.Value),
    };

    /// <summary>Remembers where a message was seen.</summary>
    public void Seen(MessageId id, ShardLink shard)
    {
        if (BeginningOf(id) == shard)
        {
            if (!_seen.IsEmpty)
                _seen.TryRemove(id.Value, out _);
            return;
        }
        if (_seen.Count >= SeenMax)
            _seen.Clear();
        _seen[id.Value] = shard;
    }

    /// <summary>A message as callers see it.</summary>
    public Message Shown(ShardLink shard, Message message)
    {
        Seen(message.Id, shard);
        return WithBodyOf(shard, message);
    }

    /// <summary>A message whose body says in which shard it is.</summary>
    public static Message WithBodyOf(ShardLink shard, Message message) => message with { Content = message.Content with { Body = new ShardBody(shard, message.Content.Body) } };

    public LeasedMessage Shown(ShardLink shard, LeasedMessage leased) => leased with { Message = Shown(shard, leased.Message) };

    /// <summary>A queue as callers see it: its dead letters go where its policy says.</summary>
    public static QueueStatus Shown(QueueStatus status) =>
        status.Policy.DeadLetterQueue is { } letters && BetweenQueues.DeadLetterQueueOf(letters) is { } queue
            ? status with { Policy = status.Policy with { DeadLetterQueue = queue } }
            : status;

    /// <summary>A policy as the queue's shard keeps it: dead letters for another shard go into a queue of its own first.</summary>
    public QueuePolicy Kept(QueueName queue, QueuePolicy policy) =>
        policy.DeadLetterQueue is { } letters && ShardOf(letters) != ShardOf(queue) ? policy with { DeadLetterQueue = BetweenQueues.LettersFor(letters) } : policy;
}
