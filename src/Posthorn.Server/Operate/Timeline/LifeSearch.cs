using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>Finds the lives that a query asks for, wherever the lines are.</summary>
internal static class LifeSearch
{
    /// <summary>Messages of one family that are followed.</summary>
    private const int FamilyMax = 10_000;

    /// <summary>What the lines of a query are found by.</summary>
    /// <exception cref="ArgumentException">The query names no one.</exception>
    public static ulong KeyOf(TimelineQuery query) => query switch
    {
        { Message: { } message } => TimelineKey.OfMessage(message),
        { MessageIdField: { Length: > 0 } field } => TimelineKey.OfMessageIdField(field),
        { Address: { Length: > 0 } address } => TimelineKey.OfAddress(address),
        _ => throw new ArgumentException("A timeline query names a message, a Message-ID or an address.", nameof(query)),
    };

    /// <summary>The events, ordered by time.</summary>
        /// <exception cref="ArgumentException">The query names no one.</exception>
    public static async Task<IReadOnlyList<RecordedEvent>> LivesAsync(TimelineQuery query, ITimelineLines lines, CancellationToken cancellationToken)
    {
        var told = new List<RecordedEvent>();
        var seen = new HashSet<MessageId>();
        await foreach (var place in lines.FindAsync(KeyOf(query), cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (lines.Read(place) is not { } hit || !Fits(query, hit.Event) || seen.Contains(hit.Event.Origin) || seen.Contains(hit.Event.Message))
                continue;
            var life = await LifeAsync(hit.Event.Origin, seen, lines, cancellationToken);
            if (!FitsLife(query, life))
                continue;
            if (told.Count > 0 && told.Count + life.Count > query.Limit)
                break;
            told.AddRange(life);
            if (told.Count >= query.Limit)
                break;
        }

        var ordered = told.OrderBy(e => e.At).ToList();
        return ordered.Count > query.Limit ? ordered[^query.Limit..] : ordered;
    }

    /// <summary>The events of a message and of all that came from it or that it came from, in the order they were written.</summary>
    private static async Task<List<RecordedEvent>> LifeAsync(MessageId origin, HashSet<MessageId> seen, ITimelineLines lines, CancellationToken cancellationToken)
    {
        var life = new SortedDictionary<TimelinePlace, RecordedEvent>();
        var family = new Queue<MessageId>([origin]);
        for (var known = 0; family.Count > 0 && known < FamilyMax; known++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var member = family.Dequeue();
            if (!seen.Add(member))
                continue;
            await foreach (var place in lines.FindAsync(TimelineKey.OfMessage(member), cancellationToken))
            {
                if (life.ContainsKey(place) || lines.Read(place) is not { } recorded)
                    continue;
                if (recorded.Event.Message != member && recorded.Event.Origin != member)
                    continue;
                life.Add(place, recorded);
                family.Enqueue(recorded.Event.Message);
                family.Enqueue(recorded.Event.Origin);
            }
        }

        return [.. life.Values];
    }

    private static bool Fits(TimelineQuery query, TimelineEvent happened) => query switch
    {
        { Message: { } message } => happened.Message == message || happened.Origin == message,
        { MessageIdField: { Length: > 0 } field } => HasField(happened, field),
        _ => HasAddress(happened, query.Address!),
    };

    private static bool FitsLife(TimelineQuery query, List<RecordedEvent> life) =>
        (query.MessageIdField is not { Length: > 0 } field || life.Exists(e => HasField(e.Event, field)))
        && (query.Address is not { Length: > 0 } address || life.Exists(e => HasAddress(e.Event, address)));

    private static bool HasField(TimelineEvent happened, string field) =>
        happened.MessageIdField is { } own && string.Equals(TimelineKey.Bare(own), TimelineKey.Bare(field), StringComparison.OrdinalIgnoreCase);

    private static bool HasAddress(TimelineEvent happened, string address) =>
        string.Equals(happened.Sender, address, StringComparison.OrdinalIgnoreCase) || happened.Recipients.Contains(address, StringComparer.OrdinalIgnoreCase);
}
