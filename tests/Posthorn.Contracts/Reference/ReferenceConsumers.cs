using System.Threading.Channels;

namespace Posthorn.Contracts.Reference;

/// <summary>Who reads a queue by groups, and whose turn it is among those of a FIFO queue.</summary>
internal sealed class ReferenceConsumers
{
    public Channel<string>? Announcements { get; set; }

    public HashSet<string> Announced { get; } = new(StringComparer.Ordinal);

    /// <summary>Groups in the order of their turns.</summary>
    public List<string> Turns { get; } = [];

    /// <summary>Groups that a consumer has put aside, since when, and until when on the clock that nobody sets.</summary>
    public Dictionary<string, (DateTimeOffset Since, long Until)> Deferred { get; } = new(StringComparer.Ordinal);

    /// <summary>Whose share is how large, in a fair queue.</summary>
    public ReferenceShares Shares { get; set; } = new();

    /// <summary>Messages handed out from the priority lane and from the delayed lane.</summary>
    public long[] Receives { get; } = new long[2];
}
