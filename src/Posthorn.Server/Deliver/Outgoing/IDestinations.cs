namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>The destinations that mail waits for or goes to, on all nodes, for the administrator.</summary>
public interface IDestinations
{
    /// <summary>All destinations with queued mail, connections or a state worth telling.</summary>
    /// <exception cref="Engine.EngineUnavailableException">The engine cannot be reached.</exception>
    ValueTask<DestinationListing> ListAsync(CancellationToken cancellationToken);

    /// <summary>The destination of that name, or the one that serves that domain; null when nothing is known of it.</summary>
    /// <exception cref="Engine.EngineUnavailableException">The engine cannot be reached.</exception>
    ValueTask<DestinationStatus?> FindAsync(string nameOrDomain, CancellationToken cancellationToken);

    /// <summary>Ends its back-off, at another node within about a second, and makes everything that waits for it due now (held mail excepted).</summary>
    /// <returns>How many mails became due; null when there is no such destination.</returns>
    ValueTask<long?> RetryNowAsync(string nameOrDomain, CancellationToken cancellationToken);
}
