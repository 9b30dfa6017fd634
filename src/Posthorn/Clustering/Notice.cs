namespace Posthorn.Clustering;

/// <summary>What a node told the others of a subject.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Age">How long ago, by the store's clock; never less than nothing.</param>
/// <param name="Content">The writer's own format.</param>
public sealed record Notice(long NodeId, TimeSpan Age, ReadOnlyMemory<byte> Content);
