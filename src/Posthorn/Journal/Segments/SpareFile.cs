namespace Posthorn.Journal.Segments;

/// <summary>A preallocated file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="IsWritten">Whether it was a segment before, and its blocks were written rather than only reserved.</param>
internal readonly record struct SpareFile(string Name, long Size, bool IsWritten);
