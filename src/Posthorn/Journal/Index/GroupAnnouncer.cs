using System.Threading.Channels;

namespace Posthorn.Journal.Index;

/// <summary>Announces the groups of one queue that have something ready, each once until it was found exhausted.</summary>
/// <remarks>Guarded by the engine's lock. The channel is bounded by the number of groups: none is in it twice.</remarks>
internal sealed class GroupAnnouncer
{
    private readonly Channel<string> _channel = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _postponed = new(StringComparer.Ordinal);

    public ChannelReader<string> Reader => _channel.Reader;

    public void Announce(string group)
    {
        if (_announced.Add(group))
            _channel.Writer.TryWrite(group);
    }

    /// <summary>A lease found fewer than it asked for: what comes next is news.</summary>
    public void Exhausted(string group) => _announced.Remove(group);

    /// <summary>A lease found fewer than it asked for because consumers hold as many as they may: it may have what is there when one comes back.</summary>
    public void Postpone(string group)
    {
        _announced.Remove(group);
        _postponed.Add(group);
    }

    public void AnnouncePostponed()
    {
        foreach (var group in _postponed)
            Announce(group);
        _postponed.Clear();
    }

    public void End(Exception? error = null) => _channel.Writer.TryComplete(error);
}
