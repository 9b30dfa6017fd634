namespace Posthorn.Contracts.Transfer;

/// <summary>What ends a transfer in a test, as if its process were killed there.</summary>
public sealed class EndedException() : Exception("The process was killed.");
