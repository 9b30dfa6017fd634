using System.Globalization;
using Posthorn.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Clustering;

public sealed class RendezvousTests
{
    /// <summary>Nodes of different versions must agree: these may never change.</summary>
    [Theory]
    [InlineData("", 17280346270528514342)]
    [InlineData("mail1", 9970097151450493898)]
    [InlineData("destination/mx.example.test", 4940271819768757302)]
    [InlineData("Grüße", 1796437955847890174)]
    public void A_text_has_the_same_number_for_ever(string text, ulong number) => Rendezvous.Hash(text).ShouldBe(number);

    [Fact]
    public void Without_nodes_nobody_is_chosen() => Rendezvous.Choose([], 1).ShouldBe(-1);

    [Fact]
    public void The_order_of_the_nodes_does_not_matter()
    {
        string[] nodes = ["a", "b", "c", "d"];
        string[] turned = ["c", "a", "d", "b"];
        foreach (var key in Keys(1_000))
            turned[Choose(turned, key)].ShouldBe(nodes[Choose(nodes, key)]);
    }

    [Fact]
    public void When_a_node_leaves_only_its_keys_move()
    {
        var (before, after) = (Nodes(10), Nodes(9));
        foreach (var key in Keys(10_000))
        {
            var owner = Choose(before, key);
            if (owner < 9)
                Choose(after, key).ShouldBe(owner);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Each_node_gets_about_as_much(int count)
    {
        const int keys = 30_000;
        var nodes = Nodes(count);
        var owned = new int[count];
        foreach (var key in Keys(keys))
            owned[Choose(nodes, key)]++;
        // Six standard deviations of a fair draw: a fault of the hash is far beyond.
        var share = (double)keys / count;
        var slack = 6 * Math.Sqrt(share * (1 - 1.0 / count));
        owned.ShouldAllBe(n => Math.Abs(n - share) < slack);
    }

    private static string[] Nodes(int count) => [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"mail{i}"))];

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"destination/mx{i}.example.test"));

    private static int Choose(string[] nodes, string key) => Rendezvous.Choose([.. nodes.Select(Rendezvous.Hash)], Rendezvous.Hash(key));
}
