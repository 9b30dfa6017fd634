using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>
/// When messages were first received, and under which token last: what clients may be told or rely on, and the engine does not keep.
/// </summary>
/// <remarks>
/// In memory and bounded: of two generations the older one is dropped when the younger one is full. A message that is forgotten, and every one after a
/// restart, counts as received first when it is received next.
/// </remarks>
internal sealed class KnownReceives
{
    /// <summary>Messages of a generation; 32 bytes each, about.</summary>
    private const int GenerationMax = 500_000;

    private readonly Lock _gate = new(); // guards both generations
    private Dictionary<ulong, (long FirstAt, ulong Token)> _young = [];
    private Dictionary<ulong, (long FirstAt, ulong Token)> _old = [];

    /// <summary>Notes a receive.</summary>
    /// <returns>When the message was first received, in Unix milliseconds.</returns>
    public long Note(MessageId message, ulong token, long now, bool isFirst)
    {
        lock (_gate)
        {
            var firstAt = !isFirst && (_young.TryGetValue(message.Value, out var known) || _old.TryGetValue(message.Value, out known)) ? known.FirstAt : now;
            if (_young.Count >= GenerationMax)
                (_old, _young) = (_young, []);
            _young[message.Value] = (firstAt, token);
            return firstAt;
        }
    }

    /// <summary>The token of the last receive; null when it is not known.</summary>
    public ulong? TokenOf(MessageId message)
    {
        lock (_gate)
            return _young.TryGetValue(message.Value, out var known) || _old.TryGetValue(message.Value, out known) ? known.Token : null;
    }

    public void Forget(MessageId message)
    {
        lock (_gate)
        {
            _young.Remove(message.Value);
            _old.Remove(message.Value);
        }
    }
}
