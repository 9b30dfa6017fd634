namespace Posthorn.Benchmarks.Reports;

/// <summary>What a run is to show.</summary>
/// <param name="What">The work.</param>
/// <param name="Target">What is aimed at, in words.</param>
/// <param name="Note">The heading of the notes that tells what remains when it is missed.</param>
/// <param name="Measure">Reads from the tables what was reached; null when the rows it needs were not measured.</param>
internal sealed record Goal(string What, string Target, string Note, Func<GoalFigures, GoalResult?> Measure);
