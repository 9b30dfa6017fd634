using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>A message as a search asks for it, from the cheapest to the dearest; nothing is asked for that does not decide.</summary>
public interface ISearchedMessage
{
    /// <summary>Its message number.</summary>
    uint Number { get; }

    /// <summary>Its UID.</summary>
    uint Uid { get; }

    /// <summary>Its mod-sequence.</summary>
    ulong ModSeq { get; }

    /// <summary>Bytes of the mail.</summary>
    long Size { get; }

    /// <summary>When it came (INTERNALDATE).</summary>
    DateTimeOffset InternalDate { get; }

    /// <summary>Its EMAILID.</summary>
    string EmailId { get; }

    /// <summary>Its THREADID; null when it has none.</summary>
    string? ThreadId { get; }

    /// <summary>Which of the texts that the search looks for are in it; null before it was read for them. A place to keep it: the search sets it.</summary>
    IReadOnlyList<bool>? TextsFound { get; set; }

    /// <summary>Whether it has a flag or keyword, compared without case.</summary>
    bool HasFlag(string flag);

    /// <summary>Its envelope and structure; asked for dates, subject and addresses.</summary>
    ValueTask<MailStructure> StructureAsync(CancellationToken cancellationToken);

    /// <summary>Its header; asked for other fields.</summary>
    ValueTask<HeaderBlock> HeaderAsync(CancellationToken cancellationToken);

    /// <summary>The mail, seekable, standing at its start; asked for texts. The caller disposes it.</summary>
    ValueTask<Stream> OpenAsync(CancellationToken cancellationToken);
}
