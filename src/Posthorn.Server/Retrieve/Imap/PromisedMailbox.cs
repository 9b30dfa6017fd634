namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What SELECT told of a large mailbox by the queue's figures, before its messages were listed.</summary>
/// <param name="Count">EXISTS.</param>
/// <param name="UidNext">UIDNEXT.</param>
/// <param name="HighestModSeq">HIGHESTMODSEQ.</param>
internal sealed record PromisedMailbox(int Count, uint UidNext, long HighestModSeq);
