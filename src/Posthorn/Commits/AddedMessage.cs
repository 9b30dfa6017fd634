using Posthorn.Messages;

namespace Posthorn.Commits;

/// <summary>A message that a commit added, or found to be there already.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Number">Its number in its queue.</param>
public readonly record struct AddedMessage(MessageId Id, long Number)
{
    /// <summary>
    /// Whether nothing was added, because a message with the same <see cref="NewMessage.DeduplicationId"/> had come before: id and number are that
    /// one's.
    /// </summary>
    public bool IsDuplicate { get; init; }
}
