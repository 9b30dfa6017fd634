namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>The destinations that mail waits for or goes to, for the administrator.</summary>
public interface IDestinations
{
    /// <summary>All destinations with queued mail, connections or a state worth telling, ordered by name.</summary>
    IReadOnlyList<DestinationStatus> List();

    /// <summary>The destination of that name, or the one that serves that domain; null when nothing is known of it.</summary>
    DestinationStatus? Find(string nameOrDomain);

    /// <summary>Ends its back-off and makes everything that waits for it due now (held mail excepted).</summary>
    /// <returns>How many mails became due; null when there is no such destination.</returns>
    ValueTask<long?> RetryNowAsync(string nameOrDomain, CancellationToken cancellationToken);
}
