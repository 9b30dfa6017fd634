using System.Text;

namespace Posthorn.Clustering;

/// <summary>
/// Rendezvous hashing (highest random weight, Thaler and Ravishankar 1998): each key goes to the node whose name makes the heaviest pair with it. All who
/// see the same nodes come to the same answer without asking each other, and when a node comes or goes only the keys move that it gets or had.
/// </summary>
/// <remarks>
/// The weights are FNV-1a over UTF-8, mixed by MurmurHash3's finalizer, and never change: nodes of different versions must agree. They are the same in every
/// process and on every machine, as <see cref="object.GetHashCode"/> is not. A choice costs a few nanoseconds a node.
/// </remarks>
public static class Rendezvous
{
    private const ulong FnvOffset = 14_695_981_039_346_656_037;
    private const ulong FnvPrime = 1_099_511_628_211;

    /// <summary>A name or key as a number.</summary>
    public static ulong Hash(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hash = FnvOffset;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(utf8);
            foreach (var b in utf8[..length])
                hash = (hash ^ b) * FnvPrime;
        }

        return Mix(hash);
    }

    /// <summary>The weight of a pair.</summary>
    /// <param name="node">The node's name, hashed.</param>
    /// <param name="key">The key, hashed.</param>
    public static ulong Weight(ulong node, ulong key) => Mix((node * 0x9E37_79B9_7F4A_7C15) ^ key);

    /// <summary>The node of a key: its place among <paramref name="nodes"/>; -1 when there are none. Of equal weights the first.</summary>
    /// <param name="nodes">The nodes' names, hashed.</param>
    /// <param name="key">The key, hashed.</param>
    public static int Choose(ReadOnlySpan<ulong> nodes, ulong key)
    {
        var (chosen, heaviest) = (-1, 0UL);
        for (var i = 0; i < nodes.Length; i++)
        {
            var weight = Weight(nodes[i], key);
            if (chosen < 0 || weight > heaviest)
                (chosen, heaviest) = (i, weight);
        }

        return chosen;
    }

    private static ulong Mix(ulong h)
    {
        h = (h ^ (h >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        h = (h ^ (h >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return h ^ (h >> 33);
    }
}
