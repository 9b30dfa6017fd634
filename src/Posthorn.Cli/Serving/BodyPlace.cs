using Posthorn.Bodies;
using Posthorn.S3;

namespace Posthorn.Cli.Serving;

/// <summary>The store of bodies that the configuration names: a bucket or a folder.</summary>
internal static class BodyPlace
{
    /// <summary>Opens it; null when none is named.</summary>
    /// <exception cref="StartException">It cannot be opened; the message says why and what to do.</exception>
    public static IBodyStore? Open(string? place)
    {
        try
        {
            return place is null ? null : place.Contains("://", StringComparison.Ordinal) ? S3BodyStore.Open(S3Options.Parse(place)) : FolderBodyStore.Open(place);
        }
        catch (Exception e) when (e is BodyStoreUnusableException or FormatException)
        {
            throw new StartException($"Bodies cannot be kept where they are wanted (engine.bodies): {e.Message}", e);
        }
    }
}
