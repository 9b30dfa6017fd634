using Posthorn.Messages;

namespace Posthorn.Commits;

/// <summary>A message that a commit added.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Number">Its number in its queue.</param>
public readonly record struct AddedMessage(MessageId Id, long Number);
