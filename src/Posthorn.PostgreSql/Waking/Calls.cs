using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Waking;

/// <summary>Who is to be called because of what has just happened, when the engine's lock is given back.</summary>
internal sealed class Calls
{
    /// <summary>Queues whose waiting consumers and senders may find something.</summary>
    public HashSet<string> Queues { get; } = new(StringComparer.Ordinal);

    /// <summary>Queues of which it must be looked up which groups can be received, and the groups that matter; null is all.</summary>
    public List<(QueueRow Queue, string[]? Groups)> Announcements { get; } = [];

    /// <summary>Whether something is to be buried or forgotten.</summary>
    public bool WantsUpkeep { get; set; }
}
