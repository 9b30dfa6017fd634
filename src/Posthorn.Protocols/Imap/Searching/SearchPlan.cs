using Posthorn.Protocols.Imap.Commands;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>
/// A search made ready: sets resolved, texts prepared, and of what must all fit, or of which one must, the cheapest first, so that of most messages nothing
/// is read. Immutable; one plan serves a whole mailbox.
/// </summary>
public sealed class SearchPlan
{
    private readonly SearchNode _root;

    private SearchPlan(SearchNode root) => _root = root;

    /// <summary>The most that deciding may cost. With <see cref="SearchCost.Figures"/> every match completes at once.</summary>
    public SearchCost Cost => _root.Cost;

    /// <summary>Makes a search ready.</summary>
    public static SearchPlan Of(SearchKey key, SearchContext context) => new(Node(key, context, []));

    /// <summary>Whether a message fits.</summary>
    public ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) => _root.MatchesAsync(message, cancellationToken);

    private static SearchNode Node(SearchKey key, SearchContext context, List<SearchedText> texts)
    {
        switch (key)
        {
            case SearchKey.All:
                return new SearchNode.Figures(static _ => true);
            case SearchKey.Flag { Name: var name }:
                return new SearchNode.Figures(m => m.HasFlag(name));
            case SearchKey.Sequence sequence:
                return Sequence(sequence, context);
            case SearchKey.Size { IsLarger: var isLarger, Bytes: var bytes }:
                return new SearchNode.Figures(m => isLarger ? m.Size > bytes : m.Size < bytes);
            case SearchKey.ModSeq { Value: var value }:
                return new SearchNode.Figures(m => m.ModSeq >= value);
            case SearchKey.EmailId { Id: var id }:
                return new SearchNode.Figures(m => string.Equals(m.EmailId, id, StringComparison.Ordinal));
            case SearchKey.ThreadId { Id: var id }:
                return new SearchNode.Figures(m => string.Equals(m.ThreadId, id, StringComparison.Ordinal));
            case SearchKey.Age { IsOlder: var isOlder, Seconds: var seconds }:
                var edge = context.Now - TimeSpan.FromSeconds(seconds);
                return new SearchNode.Figures(m => isOlder ? m.InternalDate <= edge : m.InternalDate >= edge);
            case SearchKey.Date { Basis: DateBasis.Internal } date:
                return new SearchNode.Figures(m => Fits(date, DateOnly.FromDateTime(m.InternalDate.Date)));
            case SearchKey.Date date:
                return new SearchNode.Structure(s => EnvelopeText.SentAt(s.Envelope) is { } sent && Fits(date, DateOnly.FromDateTime(sent.Date)));
            case SearchKey.Header header:
                return Header(header);
            case SearchKey.Text { Value: "" }:
                return new SearchNode.Figures(static _ => true);
            case SearchKey.Text { Value: var text, IsWithHeader: var isWithHeader }:
                return Text(new SearchedText(text, isWithHeader), texts);
            case SearchKey.Not { Key: var inner }:
                return new SearchNode.Not(Node(inner, context, texts));
            case SearchKey.Or { First: var first, Second: var second }:
                return new SearchNode.Any([Node(first, context, texts), Node(second, context, texts)]);
            case SearchKey.And { Keys: var keys }:
                return new SearchNode.All([.. keys.Select(k => Node(k, context, texts))]);
            default:
                throw new ArgumentException($"A search key of kind {key.GetType().Name} is not known.", nameof(key));
        }
    }

    private static SearchNode.Figures Sequence(SearchKey.Sequence key, SearchContext context)
    {
        if (key.Set.IsSaved)
            return new SearchNode.Figures(m => Holds(context.SavedUids, m.Uid));
        var ranges = key.Set.Resolve(key.IsUid ? context.LastUid : context.LastNumber);
        return key.IsUid ? new SearchNode.Figures(m => Holds(ranges, m.Uid)) : new SearchNode.Figures(m => Holds(ranges, m.Number));
    }

    /// <summary>Fields that the structure holds are asked there; others in the header.</summary>
    private static SearchNode Header(SearchKey.Header key)
    {
        var text = key.Value;
        if (EnvelopeText.Of(key.Field) is { } value)
            return new SearchNode.Structure(s => value(s.Envelope) is { } found && found.Contains(text, StringComparison.OrdinalIgnoreCase));
        return new SearchNode.Header(h =>
        {
            foreach (var field in h.Fields)
                if (field.Is(key.Field) && field.Text.Contains(text, StringComparison.OrdinalIgnoreCase))
                    return true;
            return false;
        });
    }

    private static SearchNode.Text Text(SearchedText text, List<SearchedText> texts)
    {
        var index = texts.IndexOf(text);
        if (index < 0)
        {
            index = texts.Count;
            texts.Add(text);
        }
        return new SearchNode.Text(texts, index);
    }

    private static bool Fits(SearchKey.Date key, DateOnly day) => key.Relation switch
    {
        DateRelation.Before => day < key.Day,
        DateRelation.On => day == key.Day,
        _ => day >= key.Day,
    };

    private static bool Holds(IReadOnlyList<NumberRange> ranges, uint number)
    {
        int low = 0, high = ranges.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].Last < number)
                low = middle + 1;
            else if (ranges[middle].First > number)
                high = middle - 1;
            else
                return true;
        }
        return false;
    }
}
