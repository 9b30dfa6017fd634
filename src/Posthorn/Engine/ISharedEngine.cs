using Posthorn.Clustering;

namespace Posthorn.Engine;

/// <summary>An engine that several nodes share.</summary>
public interface ISharedEngine : IEngine
{
    /// <summary>The nodes that share it.</summary>
    ICluster Cluster { get; }
}
