namespace Posthorn.Journal.Segments;

/// <summary>A preallocated file.</summary>
internal readonly record struct SpareFile(string Name, long Size);
