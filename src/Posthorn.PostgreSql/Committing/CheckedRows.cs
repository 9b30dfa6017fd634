namespace Posthorn.PostgreSql.Committing;

/// <summary>What the checks of a batch have written besides, so that it is not written again.</summary>
/// <param name="Checks">How many there are; each has one row.</param>
/// <param name="WroteQueues">Whether the queues that were read are written as they are now.</param>
/// <param name="RemovedDeliveries">Whether the deliveries of the messages that are gone are removed.</param>
/// <param name="RemovedBodies">Whether the bodies that are gone are removed.</param>
internal readonly record struct CheckedRows(int Checks, bool WroteQueues, bool RemovedDeliveries, bool RemovedBodies);
