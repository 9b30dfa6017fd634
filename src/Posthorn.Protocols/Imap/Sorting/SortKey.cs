namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>One key of a sort.</summary>
/// <param name="Field">By what.</param>
/// <param name="IsReverse">Whether the greatest comes first.</param>
public readonly record struct SortKey(SortField Field, bool IsReverse);
