namespace Posthorn.Engine.Transfer;

/// <summary>A body on its way: once for all messages of a batch that refer to it.</summary>
/// <param name="message">The first of them.</param>
internal sealed class TransferBody(TransferMessage message)
{
    /// <summary>The first message with it: by it the source opens the body.</summary>
    public TransferMessage First => message;

    /// <summary>Whether messages of other batches may refer to it.</summary>
    public bool IsShared => message.Record.IsShared;

    /// <summary>How many messages of the batch refer to it.</summary>
    public int Uses { get; set; } = 1;

    /// <summary>The target's key for it; null while it is not there. Of one that is not shared it may stay so.</summary>
    public long? TargetKey { get; set; }
}
