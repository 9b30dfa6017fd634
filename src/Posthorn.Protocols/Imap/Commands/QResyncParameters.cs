namespace Posthorn.Protocols.Imap.Commands;

/// <summary>What a client that selects a mailbox anew knows of it (RFC 7162 3.2.5).</summary>
/// <param name="UidValidity">The UIDVALIDITY it knows, 1 or more; when it is another now, the rest means nothing.</param>
/// <param name="ModSeq">The last mod-sequence it knows, 1 or more.</param>
/// <param name="KnownUids">The UIDs it knows; null for all from 1. Never <c>$</c> or <c>*</c>.</param>
/// <param name="KnownSequence">Some of its message numbers; null when it gave none. Never <c>$</c> or <c>*</c>.</param>
/// <param name="KnownSequenceUids">The UIDs of those numbers, one each.</param>
public sealed record QResyncParameters(
    uint UidValidity, ulong ModSeq, SequenceSet? KnownUids, SequenceSet? KnownSequence, SequenceSet? KnownSequenceUids);
