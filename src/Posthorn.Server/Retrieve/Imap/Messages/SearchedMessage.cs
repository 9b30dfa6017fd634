using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>The message that a search looks at, one after the other in the same object: nothing is read of it before it is asked for.</summary>
/// <remarks>
/// Size, date and EMAILID are asked for without waiting, but may only be in the message's record. Then <see cref="IsIncomplete"/> says that the answer
/// counts for nothing: <see cref="CompleteAsync"/> reads the record, and the question is asked again. The view keeps what was read for the next search.
/// </remarks>
internal sealed class SearchedMessage(ImapContext context, SelectedMailbox selected) : ISearchedMessage
{
    private readonly RecordsAhead _records = new(context.Engine, selected.View);
    private MessageNumber _number;
    private IReadOnlyList<ViewedMessage> _all = [];
    private int _index;
    private ViewedMessage _viewed;
    private Message? _record;
    private MailRendering? _rendering;
    private MailStructure? _structure;
    private MessageFacts? _facts;

    public uint Number => (uint)_number.Sequence;

    public uint Uid => _number.Uid;

    public ulong ModSeq => (ulong)_viewed.ModSeq;

    public long Size => Facts.Size;

    public DateTimeOffset InternalDate => Facts.Date;

    public string EmailId
    {
        get
        {
            IsIncomplete |= _record is null;
            return _record is null ? "" : MovedMessage.EmailIdOf(_record);
        }
    }

    public string? ThreadId => null;

    public IReadOnlyList<bool>? TextsFound { get; set; }

    /// <summary>Whether something was asked for that has to be read first.</summary>
    public bool IsIncomplete { get; private set; }

    private MessageFacts Facts
    {
        get
        {
            if (_facts is null && selected.View.TryFacts(Uid, out var known))
                _facts = known;
            IsIncomplete |= _facts is null;
            return _facts ?? default;
        }
    }

    /// <summary>The next message.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="all">The messages that are looked at.</param>
    /// <param name="index">Which of them it is.</param>
    public void Become(MessageNumber number, IReadOnlyList<ViewedMessage> all, int index)
    {
        (_number, _all, _index, _viewed) = (number, all, index, all[index]);
        (_record, _rendering, _structure, _facts, TextsFound) = (null, null, null, null, null);
        IsIncomplete = false;
    }

    public bool HasFlag(string flag) => LeaseKeywords.Contains(flag)
        ? flag.Equals(LeaseKeywords.Of(_viewed.State, selected.Leases.Holds(Uid)), StringComparison.OrdinalIgnoreCase)
        : _viewed.Has(flag);

    /// <summary>Reads the record; false when the message is gone.</summary>
    public async ValueTask<bool> CompleteAsync(CancellationToken cancellationToken)
    {
        _record ??= await _records.FindAsync(_all, _index, cancellationToken);
        IsIncomplete = false;
        if (_record is null)
            return false;
        _rendering ??= MailRendering.Of(_record);
        _facts = new MessageFacts(_rendering.Length, MovedMessage.InternalDateOf(_record));
        selected.View.Keep(Uid, _facts.Value);
        return true;
    }

    public async ValueTask<MailStructure> StructureAsync(CancellationToken cancellationToken)
    {
        if (_structure is null)
        {
            await ReadAsync(cancellationToken);
            _structure = await context.Structures.OfAsync(_record!, _rendering!, cancellationToken);
        }
        return _structure;
    }

    public async ValueTask<HeaderBlock> HeaderAsync(CancellationToken cancellationToken)
    {
        var structure = await StructureAsync(cancellationToken);
        await ReadAsync(cancellationToken);
        var header = new byte[Math.Min(structure.HeaderLength, HeaderBytesMax)];
        if (header.Length == structure.HeaderLength && await MailHeader.TryReadAsync(context.Engine, _record!, _rendering!, structure, header, cancellationToken))
            return HeaderBlock.Parse(header);
        await using var mail = await OpenAsync(cancellationToken);
        await mail.ReadExactlyAsync(header, cancellationToken);
        return HeaderBlock.Parse(header);
    }

    public async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        return await _rendering!.OpenAsync(context.Engine, cancellationToken);
    }

    /// <summary>Most of a header that is searched.</summary>
    private const int HeaderBytesMax = 256 * 1024;

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        if (_rendering is null && !await CompleteAsync(cancellationToken))
            throw new BodyLostException("The message was removed.", isDamaged: false);
    }
}
