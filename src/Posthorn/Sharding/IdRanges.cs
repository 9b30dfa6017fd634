using Posthorn.Messages;

namespace Posthorn.Sharding;

/// <summary>How ids of messages are shared out among shards: 2^48 ids each.</summary>
internal static class IdRanges
{
    /// <summary>The highest range: ids are positive numbers of 63 bits.</summary>
    public const int Last = short.MaxValue;

    private const int Bits = 48;

    /// <summary>The range of an id.</summary>
    public static int Of(MessageId id) => (int)(id.Value >> Bits);

    /// <summary>The first id of a range; 0 names no message.</summary>
    public static ulong FirstOf(int range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range, Last);
        return range == 0 ? 1 : (ulong)range << Bits;
    }

    /// <summary>The id after the last of a range.</summary>
    public static ulong EndOf(int range) => (ulong)(range + 1) << Bits;
}
