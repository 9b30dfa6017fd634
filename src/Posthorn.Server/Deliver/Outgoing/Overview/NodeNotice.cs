using Posthorn.Clustering;

namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>What another node has told of its destinations.</summary>
/// <param name="Node">The node.</param>
/// <param name="Age">How long ago; null when it has told nothing.</param>
/// <param name="Notice">What; null when it has told nothing, or nothing that can be read.</param>
internal sealed record NodeNotice(ClusterNode Node, TimeSpan? Age, DestinationNotice? Notice);
