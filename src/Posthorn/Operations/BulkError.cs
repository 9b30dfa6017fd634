using Posthorn.Messages;

namespace Posthorn.Operations;

/// <summary>A message that could not be worked on.</summary>
/// <param name="Message">The message.</param>
/// <param name="Reason">Why.</param>
public readonly record struct BulkError(MessageId Message, string Reason);
