using Posthorn.Bodies;
using Posthorn.Journal.Format;

namespace Posthorn.Engine;

/// <summary>The first bytes of content, read as any engine can read them.</summary>
internal static class ContentStart
{
    /// <summary>Reads them from the open content; see <see cref="IEngine.TryReadStartAsync"/>.</summary>
    public static async ValueTask<bool> TryReadAsync(IEngine engine, Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken)
    {
        await using var stream = await engine.OpenAsync(content, cancellationToken);
        var length = await stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellationToken);
        return length == target.Length && Checksum.Of(target.Span) == checksum;
    }
}
