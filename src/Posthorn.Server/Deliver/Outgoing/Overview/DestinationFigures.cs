namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>What one node knows of a destination at one moment.</summary>
internal sealed record DestinationFigures
{
    public required string Name { get; init; }

    /// <summary>The domains that it serves; of what another node told, some of them.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    public int Connections { get; init; }

    public int ConcurrencyLimit { get; init; }

    /// <summary>When the back-off ends; null while it is not backing off.</summary>
    public DateTimeOffset? BackingOffUntil { get; init; }

    public string? LastReply { get; init; }

    public long Delivered { get; init; }

    public long Failed { get; init; }

    public long Deferred { get; init; }
}
