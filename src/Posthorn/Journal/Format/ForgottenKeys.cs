namespace Posthorn.Journal.Format;

/// <summary>
/// Keys that were forgotten before the clock was set back to a time at which they still stood. Others may have come for them since: what lies before this in
/// the journal and ended by then counts no more, whatever the clock shows.
/// </summary>
/// <param name="Until">The latest end of one of them, in ticks of UTC.</param>
/// <param name="Segment">The segment in which this was written down.</param>
internal readonly record struct ForgottenKeys(long Until, uint Segment);
