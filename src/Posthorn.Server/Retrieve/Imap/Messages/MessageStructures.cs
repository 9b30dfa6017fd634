using System.Diagnostics.CodeAnalysis;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Server.Retrieve.Mailboxes;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>
/// Envelope and structure of messages. Mails that were delivered, appended or copied carry theirs (<see cref="MailAttributes.Structure"/>); of others it is
/// computed when it is asked for, by one pass over the mail, and kept in memory as long as there is room.
/// </summary>
internal sealed class MessageStructures(IEngine engine, long cacheBytesMax)
{
    /// <summary>What an entry costs beside its bytes.</summary>
    private const int EntryBytes = 200;

    private readonly Lock _gate = new(); // guards what follows
    private readonly Dictionary<(MessageId, long), LinkedListNode<Entry>> _cache = [];
    private readonly LinkedList<Entry> _byUse = new(); // the last used first
    private long _cachedBytes;

    /// <summary>Bytes of what is kept in memory.</summary>
    public long CachedBytes
    {
        get
        {
            lock (_gate)
                return _cachedBytes;
        }
    }

    /// <exception cref="BodyLostException">The message is gone, or its bytes are damaged.</exception>
    public async ValueTask<MailStructure> OfAsync(Message message, MailRendering rendering, CancellationToken cancellationToken)
    {
        // What a rendering makes is not what the attribute tells of, should a message that came as a mail not be one any more.
        if (rendering.IsAsItCame && message.Attributes.TryGetValue(MailAttributes.Structure, out var kept) && MailStructure.TryRead(kept.Bytes, out var known)
            && known.Size == rendering.Length)
            return known;
        var key = (message.Id, message.Number);
        if (TryCached(key, out var cached))
            return cached;
        await using var content = await rendering.OpenAsync(engine, cancellationToken);
        var computed = await StructureReader.ReadAsync(content, cancellationToken);
        Cache(key, computed);
        return computed;
    }

    private bool TryCached((MessageId, long) key, [NotNullWhen(true)] out MailStructure? structure)
    {
        structure = null;
        lock (_gate)
        {
            if (!_cache.TryGetValue(key, out var node))
                return false;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            structure = node.Value.Structure;
            return true;
        }
    }

    private void Cache((MessageId, long) key, MailStructure structure)
    {
        lock (_gate)
        {
            if (_cache.ContainsKey(key))
                return;
            _cache.Add(key, _byUse.AddFirst(new Entry(key, structure)));
            _cachedBytes += structure.Encoded.Length + EntryBytes;
            while (_cachedBytes > cacheBytesMax && _byUse.Last is { } oldest)
            {
                _byUse.Remove(oldest);
                _cache.Remove(oldest.Value.Key);
                _cachedBytes -= oldest.Value.Structure.Encoded.Length + EntryBytes;
            }
        }
    }

    private readonly record struct Entry((MessageId, long) Key, MailStructure Structure);
}
