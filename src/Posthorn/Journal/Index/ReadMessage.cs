using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>A message as a commit that changes it needs it.</summary>
/// <param name="Record">Its fields, the receive count as it is now.</param>
/// <param name="ReadFrom">The record they were read from.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Policy">The queue's policy.</param>
/// <param name="IsLeased">Whether somebody holds it.</param>
internal sealed record ReadMessage(MessageRecord Record, LogPosition ReadFrom, QueueName Queue, QueuePolicy Policy, bool IsLeased);
