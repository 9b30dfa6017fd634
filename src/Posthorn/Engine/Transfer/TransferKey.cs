using Posthorn.Commits;

namespace Posthorn.Engine.Transfer;

/// <summary>A commit's idempotency key as it is moved.</summary>
/// <param name="Key">The key.</param>
/// <param name="EndsAt">Until when it is remembered, in ticks of UTC.</param>
/// <param name="Added">What the commit added.</param>
/// <param name="Moved">What it moved.</param>
internal sealed record TransferKey(string Key, long EndsAt, IReadOnlyList<AddedMessage> Added, IReadOnlyList<AddedMessage> Moved);
