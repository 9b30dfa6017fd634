using Posthorn.Commits;
using Posthorn.Journal.Index;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Writing;

/// <summary>Goes over a commit's operations and finds the adds whose message came before: remembered, under way, or earlier in the commit itself.</summary>
/// <remarks>Used under the engine's lock.</remarks>
internal sealed class DuplicateSearch(MessageIndex index, Func<KeyName, AddedMessage?> underWay)
{
    private readonly Dictionary<QueueName, QueuePolicy?> _queues = [];
    private readonly HashSet<QueueName> _deleted = [];
    private readonly Dictionary<(QueueName Queue, string Group, string Id), int> _here = [];

    /// <summary>The duplicates by their operation's index.</summary>
    public Dictionary<int, Duplicate> Find(MergedOperations operations)
    {
        var found = new Dictionary<int, Duplicate>();
        var adds = 0;
        foreach (var (operation, at) in operations.All)
        {
            switch (operation)
            {
                case CommitOperation.SetQueue { IsOnlyWhenMissing: true } make when IsThere(make.Name):
                    break;
                case CommitOperation.SetQueue set:
                    _queues[set.Name] = set.Policy;
                    break;
                case CommitOperation.DeleteQueue delete:
                    _queues[delete.Name] = null;
                    Forget(delete.Name);
                    break;
                case CommitOperation.Add add:
                    if (add.Message.DeduplicationId is { } id && FirstOf(add.Message, id, adds) is { } first)
                        found.Add(at, first);
                    adds++;
                    break;
            }
        }
        return found;
    }

    private bool IsThere(QueueName queue) =>
        _queues.GetValueOrDefault(queue) is not null || (!_deleted.Contains(queue) && index.Queues.ContainsKey(queue.Value));

    private Duplicate? FirstOf(NewMessage message, string id, int add)
    {
        _queues.TryGetValue(message.Queue, out var policy);
        var queue = _deleted.Contains(message.Queue) ? null : index.Queues.GetValueOrDefault(message.Queue.Value);
        policy ??= queue?.SubmittedPolicy ?? QueuePolicy.Default;
        if (policy.DeduplicationWindow <= TimeSpan.Zero)
            return null;
        var group = policy.DeduplicationScope == DeduplicationScope.Group ? message.Group ?? "" : "";
        if (queue is not null)
        {
            var name = new KeyName(queue.Identity, group, id);
            if (underWay(name) is { } pending)
                return new Duplicate(pending, -1);
            if (index.Keys.TryFind(name, out var remembered))
                return new Duplicate(remembered.First, -1);
        }
        return _here.TryAdd((message.Queue, group, id), add) ? null : new Duplicate(default, _here[(message.Queue, group, id)]);
    }

    private void Forget(QueueName queue)
    {
        _deleted.Add(queue);
        foreach (var key in _here.Keys.Where(key => key.Queue == queue).ToArray())
            _here.Remove(key);
    }
}
