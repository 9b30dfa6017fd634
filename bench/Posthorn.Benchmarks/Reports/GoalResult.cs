namespace Posthorn.Benchmarks.Reports;

/// <summary>What was reached of a goal.</summary>
/// <param name="Reached">The figures, in words.</param>
/// <param name="IsMet">Whether all of them reach the target.</param>
internal sealed record GoalResult(string Reached, bool IsMet);
