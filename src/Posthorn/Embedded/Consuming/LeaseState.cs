namespace Posthorn.Embedded.Consuming;

/// <summary>Where a lease in a consumer's hands stands.</summary>
internal enum LeaseState
{
    /// <summary>It runs.</summary>
    Held,
    /// <summary>A commit that settles it is on its way; its outcome decides.</summary>
    Settling,
    /// <summary>Its message was settled.</summary>
    Settled,
    /// <summary>It has ended without.</summary>
    Lost,
}
