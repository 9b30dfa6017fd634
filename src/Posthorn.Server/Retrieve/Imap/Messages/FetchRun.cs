using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>One FETCH: what is asked for, what that needs of a message, and what came of it so far.</summary>
internal sealed class FetchRun
{
    private readonly Dictionary<uint, ViewedMessage> _told = [];

    public FetchRun(ImapCommand.Fetch fetch, bool isReadOnly)
    {
        ChangedSince = fetch.ChangedSince;
        var items = new List<FetchItem>(fetch.Items);
        if (fetch.IsUid && !items.Exists(i => i is FetchItem.Uid))
            items.Insert(0, new FetchItem.Uid());
        if (fetch.ChangedSince is not null && !items.Exists(i => i is FetchItem.ModSeq))
            items.Add(new FetchItem.ModSeq());
        Items = [.. items];
        NeedsRecords = items.Exists(i => i is not (FetchItem.Uid or FetchItem.Flags or FetchItem.ModSeq or FetchItem.ThreadId));
        NeedsStructure = items.Exists(HasStructure);
        NeedsHeader = items.Exists(i => i is FetchItem.Body body && IsOfHeader(body));
        NeedsMail = items.Exists(i => i is FetchItem.Body body ? !IsOfHeader(body) : i is FetchItem.Binary or FetchItem.BinarySize);
        Decoded = [.. items.Select(DecodedBy).OfType<PartPath>().Distinct()];
        HasFlags = items.Exists(i => i is FetchItem.Flags);
        HasModSeq = items.Exists(i => i is FetchItem.ModSeq);
        SetsSeen = !isReadOnly && items.Exists(i => i is FetchItem.Body { IsPeek: false } or FetchItem.Binary { IsPeek: false });
    }

    public FetchItem[] Items { get; }

    /// <summary>Only messages with a greater mod-sequence; null for all.</summary>
    public ulong? ChangedSince { get; }

    /// <summary>Whether the view does not know all that is asked for.</summary>
    public bool NeedsRecords { get; }

    /// <summary>Whether envelope or structure of a mail are needed.</summary>
    public bool NeedsStructure { get; }

    /// <summary>Whether the header of the mail itself is needed.</summary>
    public bool NeedsHeader { get; }

    /// <summary>Whether other bytes of a mail than its header are needed.</summary>
    public bool NeedsMail { get; }

    /// <summary>The parts whose size without transfer encoding is needed, each once.</summary>
    public PartPath[] Decoded { get; }

    public bool HasFlags { get; }

    public bool HasModSeq { get; }

    /// <summary>Whether what is told becomes <c>\Seen</c>.</summary>
    public bool SetsSeen { get; }

    public bool IsAnyGone { get; set; }

    public bool IsAnyDamaged { get; set; }

    public bool HasUnknownEncoding { get; set; }

    /// <summary>Bytes of content that were told.</summary>
    public long BytesTold { get; set; }

    /// <summary>The client has a message's flags as they are.</summary>
    public void Told(ViewedMessage message) => _told[message.Uid] = message;

    /// <summary>Whether it was told just that.</summary>
    public bool IsTold(ViewedMessage message) => _told.TryGetValue(message.Uid, out var told) && told == message;

    /// <summary>Whether an item is about nothing but the header of the mail itself.</summary>
    public static bool IsOfHeader(FetchItem.Body body) =>
        body.Section.Part.IsRoot && body.Section.Text is SectionText.Header or SectionText.HeaderFields or SectionText.HeaderFieldsNot;

    // The whole mail needs none; what is known of a single section does.
    private static bool HasStructure(FetchItem item) => item switch
    {
        FetchItem.Envelope or FetchItem.Structure => true,
        FetchItem.Body body => !body.Section.Equals(FetchSection.Whole),
        FetchItem.Binary or FetchItem.BinarySize => true,
        _ => false,
    };

    private static object? DecodedBy(FetchItem item) => item switch
    {
        FetchItem.Binary binary => binary.Part,
        FetchItem.BinarySize size => size.Part,
        _ => null,
    };
}
