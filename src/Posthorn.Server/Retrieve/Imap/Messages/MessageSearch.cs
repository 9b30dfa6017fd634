using Posthorn.Engine;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>Looks for messages in a mailbox. Only those are looked at that the sets of the search leave, and of each no more than decides.</summary>
internal sealed class MessageSearch(ImapContext context, SelectedMailbox selected, SearchKey key, CancellationToken cancellationToken)
{
    /// <summary>How many messages the view is asked for at once.</summary>
    private const int AtOnce = 1_024;

    /// <summary>What was found so far that is told: the greatest mod-sequence.</summary>
    public long HighestModSeq { get; private set; }

    /// <summary>Finds; null for message numbers that are not there.</summary>
    /// <param name="found">Given each message that fits, in order; says whether to go on.</param>
    /// <returns>False when it was not gone on.</returns>
    public async ValueTask<bool> RunAsync(Func<SearchedMessage, MessageNumber, ValueTask<bool>> found)
    {
        var saved = NumberRanges.Of([.. selected.Saved]);
        var plan = SearchPlan.Of(key, new SearchContext((uint)selected.Known.Count, selected.Known.LastUid, context.Time.GetUtcNow(), saved));
        var message = new SearchedMessage(context, selected);
        foreach (var chunk in Candidates().Chunk(AtOnce))
        {
            var viewed = new List<ViewedMessage>(chunk.Length);
            selected.View.Get([.. chunk.Select(c => c.Uid)], viewed);
            var next = 0;
            foreach (var number in chunk)
            {
                if (next == viewed.Count || viewed[next].Uid != number.Uid)
                    continue; // gone already
                message.Become(number, viewed, next++);
                if (!await MatchesAsync(plan, message))
                    continue;
                HighestModSeq = Math.Max(HighestModSeq, (long)message.ModSeq);
                if (!await found(message, number))
                    return false;
            }
        }
        return true;
    }

    /// <summary>A message whose bytes are damaged, or gone, is not found; the log tells of damage.</summary>
    private async ValueTask<bool> MatchesAsync(SearchPlan plan, SearchedMessage message)
    {
        try
        {
            var fits = await plan.MatchesAsync(message, cancellationToken);
            if (message.IsIncomplete)
                fits = await message.CompleteAsync(cancellationToken) && await plan.MatchesAsync(message, cancellationToken);
            return fits;
        }
        catch (BodyLostException e)
        {
            if (e.IsDamaged)
                ImapLog.Unreadable(context.Logger, selected.View.Uids.NumberOf(message.Uid), selected.View.Queue, e);
            return false;
        }
    }

    /// <summary>All messages, or those of a set that all must be in.</summary>
    private IEnumerable<MessageNumber> Candidates()
    {
        var sets = key is SearchKey.And and ? and.Keys.OfType<SearchKey.Sequence>() : key is SearchKey.Sequence one ? [one] : [];
        foreach (var set in sets)
        {
            if (selected.TryResolve(set.Set, set.IsUid, out var numbers))
                return numbers;
        }
        return selected.Known.Range(1, selected.Known.Count).Select(m => new MessageNumber(m.Sequence, m.Uid));
    }
}
