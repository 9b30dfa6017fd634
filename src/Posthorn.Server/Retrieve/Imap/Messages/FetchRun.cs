using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>One FETCH: what is asked for, and what came of it so far.</summary>
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
        Items = items;
        NeedsRecords = items.Exists(MessageFetch.IsNeededFor);
        HasFlags = items.Exists(i => i is FetchItem.Flags);
        HasModSeq = items.Exists(i => i is FetchItem.ModSeq);
        SetsSeen = !isReadOnly && items.Exists(i => i is FetchItem.Body { IsPeek: false } or FetchItem.Binary { IsPeek: false });
    }

    public IReadOnlyList<FetchItem> Items { get; }

    /// <summary>Only messages with a greater mod-sequence; null for all.</summary>
    public ulong? ChangedSince { get; }

    /// <summary>Whether the view does not know all that is asked for.</summary>
    public bool NeedsRecords { get; }

    public bool HasFlags { get; }

    public bool HasModSeq { get; }

    /// <summary>Whether what is told becomes <c>\Seen</c>.</summary>
    public bool SetsSeen { get; }

    public bool IsAnyGone { get; set; }

    public bool IsAnyDamaged { get; set; }

    public bool HasUnknownEncoding { get; set; }

    /// <summary>The client has a message's flags as they are.</summary>
    public void Told(ViewedMessage message) => _told[message.Uid] = message;

    /// <summary>Whether it was told just that.</summary>
    public bool IsTold(ViewedMessage message) => _told.TryGetValue(message.Uid, out var told) && told == message;
}
