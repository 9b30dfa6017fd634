using Posthorn.Contracts;

namespace Posthorn.UnitTests.Journal;

internal static class LivingSegments
{
    /// <summary>The names of the segments that a journal has, without the files of those that died.</summary>
    public static List<string> Segments(this MemoryFileSystem files) => [.. files.List("segments").Where(name => !name.EndsWith(".dead", StringComparison.Ordinal))];

    /// <summary>Moves the clock on until all segments but the last have a hint: those have in which nothing has died for a while.</summary>
    public static Task UntilHintedAsync(this ManualTimeProvider time, MemoryFileSystem files) =>
        time.UntilAsync(() => files.List("hints").Count >= files.Segments().Count - 1, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
}
