namespace Posthorn.PostgreSql.Committing;

/// <summary>Somebody moved a message between the look for its queue and the lock on it: the batch is begun anew.</summary>
internal sealed class BatchMovedException() : Exception("A message was moved meanwhile.");
