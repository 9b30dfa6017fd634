using Posthorn.Contracts;

namespace Posthorn.UnitTests.Journal;

internal static class LivingSegments
{
    /// <summary>The names of the segments that a journal has, without the files of those that died.</summary>
    public static List<string> Segments(this MemoryFileSystem files) => [.. files.List("segments").Where(name => !name.EndsWith(".dead", StringComparison.Ordinal))];
}
