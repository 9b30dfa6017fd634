namespace Posthorn.Client.Contracts.Queues;

/// <summary>Queues, ordered by name.</summary>
/// <param name="Queues">The queues.</param>
public sealed record QueueList(IReadOnlyList<QueueInfo> Queues);
