namespace Posthorn.Messages;

/// <summary>What an engine knows of a message without reading its record: what a mailbox needs to be opened.</summary>
/// <param name="Number">Its number in its queue (IMAP's UID).</param>
/// <param name="Id">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ModSeq">See <see cref="Message.ModSeq"/>.</param>
/// <param name="Length">Bytes of content.</param>
/// <param name="EnqueuedAt">When it came into the queue, to the millisecond.</param>
/// <param name="Flags">
/// Its keywords, each once; one list is shared by many messages and says nothing about their order or the case in which this message has them.
/// </param>
/// <param name="ReceiveCount">How often it was handed out from this queue.</param>
public readonly record struct MessageSummary(
    long Number, MessageId Id, MessageState State, long ModSeq, long Length, DateTimeOffset EnqueuedAt, IReadOnlyList<string> Flags, int ReceiveCount);
