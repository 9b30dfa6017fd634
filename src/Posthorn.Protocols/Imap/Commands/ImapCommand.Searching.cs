using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Sorting;

namespace Posthorn.Protocols.Imap.Commands;

/// <content>Commands that find and order messages.</content>
public abstract partial record ImapCommand
{
    /// <summary>SEARCH.</summary>
    /// <param name="IsUid">Whether UIDs are told.</param>
    /// <param name="Return">What is told (RFC 4731, RFC 5182); null for the old form, which is told as <c>* SEARCH</c>. An empty list is <see cref="SearchReturn.All"/>.</param>
    /// <param name="Key">What is looked for.</param>
    public sealed record Search(bool IsUid, SearchReturn? Return, SearchKey Key) : ImapCommand(ImapVerb.Search);

    /// <summary>SORT.</summary>
    /// <param name="IsUid">Whether UIDs are told.</param>
    /// <param name="Return">As of <see cref="Search"/> (RFC 5267 3).</param>
    /// <param name="Keys">One or more; the first is the first to decide.</param>
    /// <param name="Key">What is looked for.</param>
    public sealed record Sort(bool IsUid, SearchReturn? Return, IReadOnlyList<SortKey> Keys, SearchKey Key) : ImapCommand(ImapVerb.Sort);

    /// <summary>THREAD.</summary>
    /// <param name="IsUid">Whether UIDs are told.</param>
    /// <param name="Algorithm">How messages are put together.</param>
    /// <param name="Key">What is looked for.</param>
    public sealed record Thread(bool IsUid, ThreadAlgorithm Algorithm, SearchKey Key) : ImapCommand(ImapVerb.Thread);
}
