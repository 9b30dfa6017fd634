using Npgsql;

namespace Posthorn.PostgreSql.Committing;

/// <summary>A batch that is decided on rows that are remembered, and is not committed yet.</summary>
/// <param name="Works">What is in it.</param>
/// <param name="Needs">What it needed.</param>
/// <param name="State">What was decided.</param>
/// <param name="Outcomes">What each of the works is told when it is committed.</param>
internal sealed record Draft(IReadOnlyList<Work> Works, BatchNeeds Needs, BatchState State, List<Outcome> Outcomes)
{
    /// <summary>The transaction in which the contents of its messages are written already; null when none is open.</summary>
    public NpgsqlConnection? Transaction { get; init; }
}
