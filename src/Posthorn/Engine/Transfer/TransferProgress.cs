namespace Posthorn.Engine.Transfer;

/// <summary>How far a transfer is.</summary>
/// <param name="Stage">What it is at.</param>
/// <param name="Messages">Messages done in this stage, those of earlier attempts included.</param>
/// <param name="MessagesTotal">Messages in all.</param>
/// <param name="Bytes">Bytes of content done.</param>
/// <param name="BytesTotal">Bytes of content in all.</param>
/// <param name="MessagesBefore">Messages that an earlier attempt had done.</param>
public readonly record struct TransferProgress(TransferStage Stage, long Messages, long MessagesTotal, long Bytes, long BytesTotal, long MessagesBefore);
