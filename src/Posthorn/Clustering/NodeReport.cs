namespace Posthorn.Clustering;

/// <summary>What a node tells the others of itself.</summary>
/// <param name="Version">The version of its program.</param>
/// <param name="Doors">Where its doors listen, each as <c>http 192.0.2.1:9324</c>.</param>
/// <param name="Figures">What it does.</param>
public sealed record NodeReport(string Version, IReadOnlyList<string> Doors, NodeFigures Figures)
{
    /// <summary>Before a server has said anything.</summary>
    public static NodeReport None { get; } = new("", [], NodeFigures.None);
}
