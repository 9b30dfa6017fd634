namespace Posthorn.Client.Contracts.Tracing;

/// <summary>Lives of messages.</summary>
/// <param name="Events">What happened, the oldest first.</param>
public sealed record Trace(IReadOnlyList<TraceEvent> Events);
