namespace Posthorn.Engine;

/// <summary>How an engine is.</summary>
/// <param name="State">What it does.</param>
/// <param name="Reason">Why it does not serve fully, for the operator; null while it does.</param>
/// <param name="FreeBytes">Free space where it writes.</param>
public sealed record EngineHealth(EngineState State, string? Reason, long FreeBytes);
