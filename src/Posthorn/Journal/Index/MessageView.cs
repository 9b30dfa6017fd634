using Posthorn.Journal.Writing;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>A message as the index has it, and the pinned place from which the rest is read; taken under the lock, read outside.</summary>
/// <param name="Entry">The entry as it stood.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Source">Where its record is read from; to be released once.</param>
internal readonly record struct MessageView(Entry Entry, int Slot, QueueName Queue, PinnedBytes Source);
