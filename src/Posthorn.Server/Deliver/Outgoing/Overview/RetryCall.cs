using System.Globalization;
using System.Text;

namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>Asks the node that a destination belongs to for an end of its back-off; a document of the engine, which all nodes see within about a second.</summary>
/// <param name="At">When it was asked, by that node's clock.</param>
/// <param name="Destination">The destination's name.</param>
internal sealed record RetryCall(DateTimeOffset At, string Destination)
{
    /// <summary>What the documents' keys begin with.</summary>
    public const string Prefix = "retries/";

    /// <summary>How long the document is kept.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    public bool IsOver(DateTimeOffset now) => now - At >= Life;

    /// <summary>The time in ticks, a space, and the name.</summary>
    public byte[] Write() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks} {Destination}"));

    /// <summary>A call as it was written; null when a later version's cannot be read.</summary>
    public static RetryCall? Read(ReadOnlySpan<byte> document)
    {
        var text = Encoding.UTF8.GetString(document);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && long.TryParse(text.AsSpan(0, space), CultureInfo.InvariantCulture, out var ticks) && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new RetryCall(new DateTimeOffset(ticks, TimeSpan.Zero), text[(space + 1)..])
            : null;
    }
}
