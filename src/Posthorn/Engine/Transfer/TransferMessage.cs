using Posthorn.Journal.Format;

namespace Posthorn.Engine.Transfer;

/// <summary>
/// A message as it is moved, in the form in which the journal has it. <see cref="MessageRecord.Body"/> is the key that its source has for the body, and
/// <see cref="MessageRecord.IsShared"/> whether others may refer to the same.
/// </summary>
/// <param name="Record">Its fields; no lease.</param>
/// <param name="ModSeq">The number of its last change.</param>
internal sealed record TransferMessage(MessageRecord Record, long ModSeq)
{
    /// <summary>The bytes of its body; null when they are too many to be held (see <see cref="TransferSource.OpenBodyAsync"/>).</summary>
    public ReadOnlyMemory<byte>? Bytes { get; init; }

    /// <summary>Bytes of content.</summary>
    public long Length => Record.Prefix.Length + Record.BodyLength - Record.Skip;
}
