namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>Something that FETCH tells of a message (RFC 9051 6.4.5). The kinds are closed.</summary>
public abstract record FetchItem
{
    private FetchItem()
    {
    }

    /// <summary>UID.</summary>
    public sealed record Uid : FetchItem;

    /// <summary>FLAGS.</summary>
    public sealed record Flags : FetchItem;

    /// <summary>INTERNALDATE.</summary>
    public sealed record InternalDate : FetchItem;

    /// <summary>RFC822.SIZE.</summary>
    public sealed record Size : FetchItem;

    /// <summary>ENVELOPE.</summary>
    public sealed record Envelope : FetchItem;

    /// <summary>BODYSTRUCTURE, or BODY, which is the same without extension data.</summary>
    public sealed record Structure(bool IsExtended) : FetchItem;

    /// <summary>MODSEQ (RFC 7162 3.1.4.2).</summary>
    public sealed record ModSeq : FetchItem;

    /// <summary>EMAILID (RFC 8474 5.1).</summary>
    public sealed record EmailId : FetchItem;

    /// <summary>THREADID (RFC 8474 5.2).</summary>
    public sealed record ThreadId : FetchItem;

    /// <summary>BODY[…], BODY.PEEK[…], RFC822, RFC822.HEADER and RFC822.TEXT: bytes as they stand in the mail.</summary>
    /// <param name="Section">Which.</param>
    /// <param name="Partial">Which of those bytes; null for all.</param>
    /// <param name="IsPeek">Whether <c>\Seen</c> stays as it is.</param>
    /// <param name="Label">What the answer is called: BODY with the section, or one of the old names.</param>
    public sealed record Body(FetchSection Section, PartialRange? Partial, bool IsPeek, BodyLabel Label) : FetchItem;

    /// <summary>BINARY[…] and BINARY.PEEK[…]: a part without its transfer encoding (RFC 3516 4.2).</summary>
    /// <param name="Part">The part's numbers; empty for the whole mail, which is not decoded.</param>
    /// <param name="Partial">Which of the decoded bytes; null for all.</param>
    /// <param name="IsPeek">Whether <c>\Seen</c> stays as it is.</param>
    public sealed record Binary(PartPath Part, PartialRange? Partial, bool IsPeek) : FetchItem;

    /// <summary>BINARY.SIZE[…]: the size of a part without its transfer encoding.</summary>
    public sealed record BinarySize(PartPath Part) : FetchItem;
}
