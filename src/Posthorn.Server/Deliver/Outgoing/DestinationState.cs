namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>What a destination does.</summary>
public enum DestinationState
{
    /// <summary>Mail goes there as it comes.</summary>
    Active,
    /// <summary>It failed too often in a row; one mail at a time tries it again when the back-off ends.</summary>
    BackingOff,
    /// <summary>An administrator's standing order stops it.</summary>
    Suspended,
}
