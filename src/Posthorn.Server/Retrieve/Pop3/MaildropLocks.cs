using System.Collections.Concurrent;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Which maildrops are open: one session each (RFC 1939 4). Consumers through other doors are not concerned; they have what nobody has leased.</summary>
internal sealed class MaildropLocks
{
    private readonly ConcurrentDictionary<QueueName, byte> _open = new();

    /// <summary>Locks a maildrop; false when another session has it.</summary>
    public bool TryEnter(QueueName queue) => _open.TryAdd(queue, 0);

    public void Leave(QueueName queue) => _open.TryRemove(queue, out _);
}
