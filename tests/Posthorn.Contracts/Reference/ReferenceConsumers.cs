using System.Threading.Channels;

namespace Posthorn.Contracts.Reference;

/// <summary>Who reads a queue by groups, and whose turn it is among those of a FIFO queue.</summary>
internal sealed class ReferenceConsumers
{
    public Channel<string>? Announcements { get; set; }

    public HashSet<string> Announced { get; } = new(StringComparer.Ordinal);

    /// <summary>Groups in the order of their turns.</summary>
    public List<string> Turns { get; } = [];
}
