using System.Globalization;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>
/// Which dialogues the fuzz tests of the line protocols play: those of the seeds from 0 on. POSTHORN_LONG=1 plays many more, POSTHORN_SEEDS=200000-300000
/// those of a part of them, the last one left out.
/// </summary>
internal static class FuzzSeeds
{
    /// <summary>Plays them, a part at a time on a host of its own, as many parts at once as there are processors. A session runs on one thread.</summary>
    /// <param name="count">How many, usually.</param>
    /// <param name="longCount">How many in a long run.</param>
    /// <param name="perHost">How many of them one host lives for.</param>
    /// <param name="playAsync">Plays those of a part.</param>
    public static Task PlayAsync(int count, int longCount, int perHost, Func<IEnumerable<int>, Task> playAsync)
    {
        var (first, end) = (0, Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1" ? longCount : count);
        if (Environment.GetEnvironmentVariable("POSTHORN_SEEDS") is { Length: > 0 } part)
        {
            var ends = part.Split('-');
            (first, end) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[1], CultureInfo.InvariantCulture));
        }
        var parts = Enumerable.Range(0, (end - first + perHost - 1) / perHost)
            .Select(i => Enumerable.Range(first + (i * perHost), Math.Min(perHost, end - first - (i * perHost))));
        return Parallel.ForEachAsync(parts, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (seeds, _) => await playAsync(seeds));
    }
}
