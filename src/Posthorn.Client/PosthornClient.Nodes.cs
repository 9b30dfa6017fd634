using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Nodes;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>The nodes that share the queues; one where nothing is shared.</summary>
    public async Task<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync("v1/nodes", PosthornJson.Default.NodeList, cancellationToken).ConfigureAwait(false)).Nodes;

    /// <summary>Lets a node take on nothing new; it finishes what it has begun.</summary>
    /// <param name="name">Its name or number; <c>self</c> is the one that is asked.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<NodeInfo> DrainNodeAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync($"v1/nodes/{Escape(name)}/drain", PosthornJson.Default.NodeInfo, cancellationToken);

    /// <summary>Ends that: the node takes on work again.</summary>
    /// <param name="name">Its name or number; <c>self</c> is the one that is asked.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<NodeInfo> ResumeNodeAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync($"v1/nodes/{Escape(name)}/resume", PosthornJson.Default.NodeInfo, cancellationToken);
}
