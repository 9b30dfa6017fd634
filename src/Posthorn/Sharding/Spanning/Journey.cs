using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding.Spanning;

/// <summary>A message that a commit takes to another shard: what becomes of it by the operations that the commit has on it, in their order.</summary>
internal sealed class Journey(Message message)
{
    private Dictionary<string, AttributeValue>? _attributes;
    private NewMessage _after = new()
    {
        Queue = message.Queue,
        Content = message.Content,
        Envelope = message.Envelope,
        Attributes = message.Attributes,
        Flags = message.Flags,
        Priority = message.Priority,
        Group = message.Group,
        DeduplicationId = message.DeduplicationId,
        DueAt = message.DueAt,
        Origin = message.Origin,
        AcceptedAt = message.AcceptedAt,
        LastError = message.LastError,
        IsHeld = message.State == MessageState.Held,
    };

    private int _receiveCount;

    /// <summary>As it was before the commit.</summary>
    public Message Before { get; } = message;

    /// <summary>The places in the commit of the operations on it.</summary>
    public List<int> Operations { get; } = [];

    /// <summary>The queue it is in after them.</summary>
    public QueueName Queue => _after.Queue;

    /// <summary>Whether it is gone after them.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>It as it comes into its shard.</summary>
    public NewMessage Arriving => _after with { Attributes = _attributes ?? _after.Attributes, Arrival = new Arrival(Before.Id, IsMove: true, _receiveCount) };

    /// <summary>Takes an operation on it into account.</summary>
    public void Follow(CommitOperation operation, int at, DateTimeOffset now)
    {
        Operations.Add(at);
        switch (operation)
        {
            case CommitOperation.Change change:
                Follow(change, now);
                break;
            case CommitOperation.Replay replay:
                _after = _after with { Queue = replay.To ?? _after.Queue, DueAt = now, AcceptedAt = null };
                break;
            default:
                IsRemoved = true;
                break;
        }
    }

    private void Follow(CommitOperation.Change change, DateTimeOffset now)
    {
        var changes = change.Changes;
        _after = _after with
        {
            Queue = change.MoveTo ?? _after.Queue,
            Priority = changes.Priority ?? _after.Priority,
            DueAt = change.Delay > TimeSpan.Zero ? Later(now, change.Delay.Value) : changes.DueAt ?? (change.MoveTo is not null || change.Delay is not null ? now : _after.DueAt),
            IsHeld = changes.IsHeld ?? _after.IsHeld,
            Envelope = changes.Envelope ?? _after.Envelope,
            Flags = changes.FlagsAfter(_after.Flags),
            LastError = changes.LastError switch { null => _after.LastError, "" => null, var error => error },
            Group = changes.Group switch { null => _after.Group, "" => null, var group => group },
            Content = changes.Content ?? _after.Content,
        };
        _receiveCount = change.MoveTo is not null ? changes.ReceiveCount ?? 0 : changes.ReceiveCount ?? _receiveCount;
        foreach (var (name, value) in changes.Attributes ?? new Dictionary<string, AttributeValue?>())
        {
            _attributes ??= new Dictionary<string, AttributeValue>(_after.Attributes, StringComparer.Ordinal);
            if (value is { } given)
                _attributes[name] = given;
            else
                _attributes.Remove(name);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan delay) => DateTimeOffset.MaxValue - time < delay ? DateTimeOffset.MaxValue : time + delay;
}
