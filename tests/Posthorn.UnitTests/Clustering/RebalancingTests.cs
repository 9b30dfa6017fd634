using System.Globalization;
using Posthorn.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Clustering;

/// <summary>
/// 100 nodes and 100,000 destinations: how even it is, and how much moves when nodes come and go. The figures are those of docs/guide/cluster.md; nothing in them is
/// chance, so they are compared exactly.
/// </summary>
public sealed class RebalancingTests
{
    private const int Destinations = 100_000;
    private const int Nodes = 100;

    private static readonly ulong[] s_destinations = [.. Enumerable.Range(0, Destinations).Select(i => Rendezvous.Hash(string.Create(CultureInfo.InvariantCulture, $"destination/mx{i}.example.test")))];

    [Theory]
    [InlineData(100, 0, 937, 1089)]
    [InlineData(99, 976, 945, 1098)]
    [InlineData(90, 9950, 1045, 1189)]
    [InlineData(101, 962, 927, 1080)]
    [InlineData(110, 9137, 845, 1008)]
    public void What_moves_and_what_each_node_has_then(int nodes, int moved, int least, int most)
    {
        var (before, after) = (Owners(Nodes), Owners(nodes));
        var owned = after.CountBy(o => o).Select(o => o.Value).ToList();
        owned.Count.ShouldBe(nodes);
        (before.Zip(after).Count(o => o.First != o.Second), owned.Min(), owned.Max()).ShouldBe((moved, least, most));
    }

    private static int[] Owners(int count)
    {
        ulong[] nodes = [.. Enumerable.Range(1, count).Select(i => Rendezvous.Hash(string.Create(CultureInfo.InvariantCulture, $"mail{i}")))];
        return [.. s_destinations.Select(d => Rendezvous.Choose(nodes, d))];
    }
}
