using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>All that an engine holds at one moment.</summary>
/// <param name="Messages">By tag.</param>
/// <param name="Queues">By name.</param>
/// <param name="Documents">By key.</param>
/// <param name="Consumed">Tags of what was consumed and is kept.</param>
public sealed record Findings(
    IReadOnlyDictionary<string, FoundMessage> Messages, IReadOnlyDictionary<string, QueueStatus> Queues, IReadOnlyDictionary<string, byte[]> Documents,
    IReadOnlySet<string> Consumed);
