namespace Posthorn.Protocols.Sns.Filters;

/// <summary>One of the alternatives that a value may match.</summary>
/// <param name="matches">Whether a value that is there matches.</param>
/// <param name="matchesAbsence">Whether it matches that there is none.</param>
internal sealed class FilterRule(Func<FilterValue, bool> matches, bool matchesAbsence = false)
{
    public bool MatchesAbsence { get; } = matchesAbsence;

    public bool Matches(FilterValue value) => matches(value);
}
