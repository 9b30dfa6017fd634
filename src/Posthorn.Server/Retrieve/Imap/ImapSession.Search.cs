using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Sorting;
using Posthorn.Server.Retrieve.Imap.Messages;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>SEARCH (RFC 9051 6.4.4, RFC 4731, RFC 5182), SORT and THREAD (RFC 5256).</content>
internal sealed partial class ImapSession
{
    /// <summary>Most messages that are sorted or threaded: what they are compared by is kept in memory, some hundred bytes each.</summary>
    private const int SortedMax = 100_000;

    private static readonly ImapReply s_tooMany = ImapReply.No(FormattableString.Invariant($"More than {SortedMax} messages; narrow the search."), ResponseCodes.Limit);

    private async ValueTask<ImapReply> SearchAsync(string tag, ImapCommand.Search search)
    {
        var selected = Selected;
        if (search.Key.HasModSeq)
            EnableCondStore();
        await selected.View.DrainAsync();
        var run = new MessageSearch(_context, selected, search.Key, _closed);
        var (numbers, uids) = (new List<uint>(), new List<uint>());
        await run.RunAsync((_, number) =>
        {
            numbers.Add(search.IsUid ? number.Uid : (uint)number.Sequence);
            uids.Add(number.Uid);
            return ValueTask.FromResult(true);
        });
        var modSeq = search.Key.HasModSeq && numbers.Count > 0 ? (ulong?)run.HighestModSeq : null;
        if (search.Return is { } asked)
            Save(selected, asked, uids);
        // RFC 9051 6.4.4: who speaks IMAP4rev2 gets the extended form, whatever he asked for.
        if (search.Return is null && !_isRev2)
            _writer.Search(numbers.ToArray(), modSeq);
        else
            _writer.ESearch(tag, search.IsUid, search.Return ?? SearchReturn.All, numbers.ToArray(), modSeq);
        return SessionReplies.Done;
    }

    /// <summary>What is saved is what was asked for: with MIN or MAX alone just those (RFC 5182 2.4).</summary>
    private static void Save(SelectedMailbox selected, SearchReturn asked, List<uint> uids)
    {
        if (!asked.HasFlag(SearchReturn.Save))
            return;
        var ends = asked & (SearchReturn.Min | SearchReturn.Max);
        var isAll = ends == SearchReturn.None || (asked & (SearchReturn.All | SearchReturn.Count)) != SearchReturn.None;
        selected.Saved = isAll || uids.Count < 2 ? uids
            : ends == SearchReturn.Min ? [uids[0]]
            : ends == SearchReturn.Max ? [uids[^1]]
            : [uids[0], uids[^1]];
    }

    private async ValueTask<ImapReply> SortAsync(string tag, ImapCommand.Sort sort)
    {
        var selected = Selected;
        if (sort.Key.HasModSeq)
            EnableCondStore();
        await selected.View.DrainAsync();
        var run = new MessageSearch(_context, selected, sort.Key, _closed);
        var sorter = new MailSorter(sort.Keys, SortedMax);
        var uids = new List<uint>();
        var isWhole = await run.RunAsync(async (message, number) =>
        {
            // Date and size are needed of each: what the view does not know is read.
            _ = message.Size;
            if (message.IsIncomplete && !await message.CompleteAsync(_closed))
                return true;
            var structure = sorter.NeedsStructure ? await message.StructureAsync(_closed) : null;
            uids.Add(number.Uid);
            return sorter.TryAdd(sort.IsUid ? number.Uid : (uint)number.Sequence, (uint)number.Sequence, message.InternalDate, message.Size, structure);
        });
        if (!isWhole)
            return s_tooMany;
        var sorted = sorter.Sorted();
        var modSeq = sort.Key.HasModSeq && sorted.Length > 0 ? (ulong?)run.HighestModSeq : null;
        if (sort.Return is { } asked)
        {
            Save(selected, asked, uids);
            _writer.ESearch(tag, sort.IsUid, asked, sorted, modSeq);
        }
        else
        {
            _writer.Sort(sorted, modSeq);
        }
        return SessionReplies.Done;
    }

    private async ValueTask<ImapReply> ThreadAsync(ImapCommand.Thread thread)
    {
        var selected = Selected;
        await selected.View.DrainAsync();
        var run = new MessageSearch(_context, selected, thread.Key, _closed);
        var threader = new MailThreader(thread.Algorithm, SortedMax);
        var isWhole = await run.RunAsync(async (message, number) =>
        {
            var structure = await message.StructureAsync(_closed);
            return threader.TryAdd(thread.IsUid ? number.Uid : (uint)number.Sequence, (uint)number.Sequence, message.InternalDate, structure);
        });
        if (!isWhole)
            return s_tooMany;
        _writer.Thread(threader.Threads());
        return SessionReplies.Done;
    }
}
