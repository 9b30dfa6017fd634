using Posthorn.Protocols.Imap.Commands;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>What a search means depends on where and when it is made.</summary>
/// <param name="LastNumber">The greatest message number, what <c>*</c> is; 0 when the mailbox is empty.</param>
/// <param name="LastUid">The greatest UID, what <c>*</c> is among UIDs; 0 when the mailbox is empty.</param>
/// <param name="Now">The time that ages count from.</param>
/// <param name="SavedUids">What <c>$</c> is: UIDs as ascending ranges.</param>
public sealed record SearchContext(uint LastNumber, uint LastUid, DateTimeOffset Now, IReadOnlyList<NumberRange> SavedUids);
