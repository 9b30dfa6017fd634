using Posthorn.Commits;

namespace Posthorn.Journal.Index;

/// <summary>The answer that a key stands for.</summary>
/// <param name="EndsAt">Until when, in ticks of UTC.</param>
/// <param name="Segment">The segment that holds it: with it the key would be forgotten, so it is carried along.</param>
/// <param name="First">The first message added.</param>
/// <param name="All">All messages added; null when it is <paramref name="First"/> alone.</param>
/// <param name="Moved">All messages moved; null when there are none.</param>
internal readonly record struct RememberedKey(long EndsAt, uint Segment, AddedMessage First, AddedMessage[]? All, AddedMessage[]? Moved)
{
    public AddedMessage[] Added => All ?? [First];
}
