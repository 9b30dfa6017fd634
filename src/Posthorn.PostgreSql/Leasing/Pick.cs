using Posthorn.Leases;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>A ready message that was picked to be leased.</summary>
internal sealed record Pick(long MessageId, string Group, long Number, long ModSeq)
{
    /// <summary>Its stay in the delayed lane of a fair queue, which ends now.</summary>
    public DelayedStay? Stay { get; init; }

    /// <summary>Whether its tenant's turn was counted already.</summary>
    public bool IsCounted { get; init; }
}
