using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>A search key made ready.</summary>
internal abstract class SearchNode(SearchCost cost)
{
    public SearchCost Cost { get; } = cost;

    public abstract ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken);

    private static SearchNode[] CheapestFirst(SearchNode[] nodes) => [.. nodes.OrderBy(n => n.Cost)];

    public sealed class Figures(Func<ISearchedMessage, bool> matches) : SearchNode(SearchCost.Figures)
    {
        public override ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) => new(matches(message));
    }

    public sealed class Structure(Func<MailStructure, bool> matches) : SearchNode(SearchCost.Structure)
    {
        public override async ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) =>
            matches(await message.StructureAsync(cancellationToken));
    }

    public sealed class Header(Func<HeaderBlock, bool> matches) : SearchNode(SearchCost.Header)
    {
        public override async ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) =>
            matches(await message.HeaderAsync(cancellationToken));
    }

    /// <param name="texts">All texts of the search: the first one that is asked for has the mail read for all, and no mail is read twice.</param>
    /// <param name="index">Which of them this key is about.</param>
    public sealed class Text(IReadOnlyList<SearchedText> texts, int index) : SearchNode(SearchCost.Text)
    {
        public override async ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken)
        {
            if (message.TextsFound is not { } found)
            {
                var structure = await message.StructureAsync(cancellationToken);
                await using var mail = await message.OpenAsync(cancellationToken);
                message.TextsFound = found = await new TextMatcher(texts).FindAsync(mail, structure, cancellationToken);
            }
            return found[index];
        }
    }

    public sealed class Not(SearchNode inner) : SearchNode(inner.Cost)
    {
        public override ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken)
        {
            var fits = inner.MatchesAsync(message, cancellationToken);
            return fits.IsCompletedSuccessfully ? new(!fits.Result) : SlowAsync(fits);

            static async ValueTask<bool> SlowAsync(ValueTask<bool> fits) => !await fits;
        }
    }

    public sealed class All(SearchNode[] nodes) : SearchNode(nodes.Max(n => n.Cost))
    {
        private readonly SearchNode[] _nodes = CheapestFirst(nodes);

        public override ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) =>
            FirstThatIsAsync(_nodes, wanted: false, message, cancellationToken);
    }

    public sealed class Any(SearchNode[] nodes) : SearchNode(nodes.Max(n => n.Cost))
    {
        private readonly SearchNode[] _nodes = CheapestFirst(nodes);

        public override ValueTask<bool> MatchesAsync(ISearchedMessage message, CancellationToken cancellationToken) =>
            FirstThatIsAsync(_nodes, wanted: true, message, cancellationToken);
    }

    /// <summary><paramref name="wanted"/> as soon as a node says so, else its opposite. Completes at once, without an allocation, as long as the nodes do.</summary>
    private static ValueTask<bool> FirstThatIsAsync(SearchNode[] nodes, bool wanted, ISearchedMessage message, CancellationToken cancellationToken)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            var fits = nodes[i].MatchesAsync(message, cancellationToken);
            if (!fits.IsCompletedSuccessfully)
                return SlowAsync(fits, i);
            if (fits.Result == wanted)
                return new(wanted);
        }
        return new(!wanted);

        async ValueTask<bool> SlowAsync(ValueTask<bool> pending, int index)
        {
            if (await pending == wanted)
                return wanted;
            for (var i = index + 1; i < nodes.Length; i++)
                if (await nodes[i].MatchesAsync(message, cancellationToken) == wanted)
                    return wanted;
            return !wanted;
        }
    }
}
