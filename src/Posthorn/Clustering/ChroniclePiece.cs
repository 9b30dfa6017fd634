namespace Posthorn.Clustering;

/// <summary>A piece of history: what was written together.</summary>
/// <param name="Id">Grows with the time; 0 before it is appended.</param>
/// <param name="Keys">What it can be found by.</param>
/// <param name="Content">The writer's own format, up to a megabyte.</param>
public sealed record ChroniclePiece(long Id, IReadOnlyCollection<ulong> Keys, ReadOnlyMemory<byte> Content);
