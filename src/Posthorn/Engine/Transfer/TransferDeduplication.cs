using Posthorn.Commits;

namespace Posthorn.Engine.Transfer;

/// <summary>A deduplication id as it is moved.</summary>
/// <param name="Queue">The identity of its queue.</param>
/// <param name="Group">The group in which it stands for one message; empty for the whole queue.</param>
/// <param name="Id">The id.</param>
/// <param name="EndsAt">Until when it is remembered, in ticks of UTC.</param>
/// <param name="First">The message that had it first.</param>
internal sealed record TransferDeduplication(long Queue, string Group, string Id, long EndsAt, AddedMessage First);
