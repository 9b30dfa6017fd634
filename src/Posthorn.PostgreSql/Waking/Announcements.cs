using System.Threading.Channels;

namespace Posthorn.PostgreSql.Waking;

/// <summary>Who reads the ready groups of a queue, and which he was told. Guarded by the engine's lock.</summary>
internal sealed class Announcements
{
    private readonly Channel<string> _groups = Channel.CreateUnbounded<string>();
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);

    public ChannelReader<string> Reader => _groups.Reader;

    /// <summary>Tells of a group unless he was told.</summary>
    public void Announce(string group)
    {
        if (_announced.Add(group))
            _groups.Writer.TryWrite(group);
    }

    /// <summary>Whether he was told of a group and has not found it empty since.</summary>
    public bool Knows(string group) => _announced.Contains(group);

    /// <summary>Whatever comes to the group from now on is told.</summary>
    /// <returns>Whether he had been told of it.</returns>
    public bool Forget(string group) => _announced.Remove(group);

    /// <summary>There may be more in the group than he took: he need not be told again.</summary>
    public void Remember(string group) => _announced.Add(group);

    public void End() => _groups.Writer.TryComplete();
}
