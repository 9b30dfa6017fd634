namespace Posthorn.Server.Pipeline.Processors;

/// <summary>How long a run may take.</summary>
/// <param name="Token">Cancelled when its time is over or the server stops.</param>
/// <param name="Stopping">Cancelled when the server stops.</param>
internal readonly record struct RunLimits(CancellationToken Token, CancellationToken Stopping);
