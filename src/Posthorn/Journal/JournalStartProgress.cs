namespace Posthorn.Journal;

/// <summary>How far a start that takes its time has come; told every two seconds.</summary>
/// <param name="Segments">Segment files of the journal.</param>
/// <param name="Share">How much is done, 0 to 1.</param>
public readonly record struct JournalStartProgress(int Segments, double Share);
