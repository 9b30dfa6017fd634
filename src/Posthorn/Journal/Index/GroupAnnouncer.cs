using System.Threading.Channels;

namespace Posthorn.Journal.Index;

/// <summary>Announces the groups of one queue that have something ready, each once until it was found exhausted.</summary>
/// <remarks>Guarded by the engine's lock. The channel is bounded by the number of groups: none is in it twice.</remarks>
internal sealed class GroupAnnouncer
{
    private readonly Channel<string> _channel = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);

    public ChannelReader<string> Reader => _channel.Reader;

    public void Announce(string group)
    {
        if (_announced.Add(group))
            _channel.Writer.TryWrite(group);
    }

    /// <summary>A lease found fewer than it asked for: what comes next is news.</summary>
    public void Exhausted(string group) => _announced.Remove(group);

    public void End(Exception? error = null) => _channel.Writer.TryComplete(error);
}
