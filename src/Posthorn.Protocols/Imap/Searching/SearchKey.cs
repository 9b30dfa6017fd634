using Posthorn.Protocols.Imap.Commands;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>
/// What a search looks for (RFC 9051 6.4.4). The kinds are closed; what is a combination in the standard is one here:
/// NEW is (RECENT UNSEEN), UNSEEN is not <c>\Seen</c>, FROM is a header field.
/// </summary>
public abstract record SearchKey
{
    private SearchKey()
    {
    }

    /// <summary>All messages.</summary>
    public sealed record All : SearchKey;

    /// <summary>Messages with the flag or keyword, compared without case. <c>\Recent</c> is one too.</summary>
    public sealed record Flag(string Name) : SearchKey;

    /// <summary>Messages of a set.</summary>
    /// <param name="Set">Which; <c>$</c> is the saved result.</param>
    /// <param name="IsUid">Whether it is of UIDs.</param>
    public sealed record Sequence(SequenceSet Set, bool IsUid) : SearchKey;

    /// <summary>Messages with a field of this name whose decoded value holds the text, without regard to case.</summary>
    /// <param name="Field">The field's name.</param>
    /// <param name="Value">What it holds; empty for any value (RFC 9051 6.4.4, HEADER).</param>
    public sealed record Header(string Field, string Value) : SearchKey;

    /// <summary>Messages whose decoded text holds this, without regard to case.</summary>
    /// <param name="Value">What is looked for; empty fits all.</param>
    /// <param name="IsWithHeader">Whether headers count (TEXT), or bodies alone (BODY).</param>
    public sealed record Text(string Value, bool IsWithHeader) : SearchKey;

    /// <summary>Messages by date.</summary>
    public sealed record Date(DateBasis Basis, DateRelation Relation, DateOnly Day) : SearchKey;

    /// <summary>Messages by age (RFC 5032): at most so long ago (YOUNGER), or at least (OLDER).</summary>
    /// <param name="IsOlder">OLDER.</param>
    /// <param name="Seconds">1 or more.</param>
    public sealed record Age(bool IsOlder, uint Seconds) : SearchKey;

    /// <summary>Messages larger, or smaller, than so many bytes; not of just that size.</summary>
    public sealed record Size(bool IsLarger, long Bytes) : SearchKey;

    /// <summary>Messages whose mod-sequence is this or greater (RFC 7162 3.1.5). What entry is named makes no difference: all flags share one.</summary>
    public sealed record ModSeq(ulong Value) : SearchKey;

    /// <summary>The message with this EMAILID (RFC 8474 6).</summary>
    public sealed record EmailId(string Id) : SearchKey;

    /// <summary>Messages with this THREADID (RFC 8474 6).</summary>
    public sealed record ThreadId(string Id) : SearchKey;

    /// <summary>Messages that do not fit.</summary>
    public sealed record Not(SearchKey Key) : SearchKey;

    /// <summary>Messages that fit one or both.</summary>
    public sealed record Or(SearchKey First, SearchKey Second) : SearchKey;

    /// <summary>Messages that fit all.</summary>
    public sealed record And(IReadOnlyList<SearchKey> Keys) : SearchKey;

    /// <summary>Whether MODSEQ stands anywhere in it: the answer then tells the greatest mod-sequence, and CONDSTORE is enabled.</summary>
    public bool HasModSeq => this switch
    {
        ModSeq => true,
        Not not => not.Key.HasModSeq,
        Or or => or.First.HasModSeq || or.Second.HasModSeq,
        And and => and.Keys.Any(k => k.HasModSeq),
        _ => false,
    };
}
