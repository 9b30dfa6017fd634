using Posthorn.Messages;

namespace Posthorn.Commits;

/// <summary>What a commit did; it is on stable storage.</summary>
/// <param name="Added">The messages it added, in the order of its <see cref="CommitOperation.Add"/> operations.</param>
/// <param name="IsRepeat">Whether its idempotency key had been committed before: nothing changed, and <paramref name="Added"/> is the first commit's.</param>
public sealed record CommitResult(IReadOnlyList<AddedMessage> Added, bool IsRepeat = false)
{
    /// <summary>
    /// What its <see cref="Commit.Move"/> operations moved, in their order: the message and its number where it is now (IMAP's COPYUID); number 0 when
    /// the same commit removed it. Of a repeat it is the first commit's.
    /// </summary>
    public IReadOnlyList<AddedMessage> Moved { get; init; } = [];
}
