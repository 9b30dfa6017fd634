using Posthorn.Bodies;

namespace Posthorn.Sharding;

/// <summary>
/// Makes contents such that the shard they go to knows their bodies: one that another shard has is copied, a large one in slices. To be disposed when
/// the commit has completed: what no commit has named by then is removed again.
/// </summary>
internal sealed class BodyHandover : IAsyncDisposable
{
    private const int SliceBytes = 64 << 10;

    private readonly Dictionary<(Body Body, ShardLink Target), Body> _handed = [];
    private readonly List<IBodyWriter> _writers = [];

    /// <summary>Whether a content must be made another one.</summary>
    public static bool IsNeededFor(Content? content) => content?.Body is ShardBody;

    /// <summary>The content for a shard. The same body is the same for all contents that share it.</summary>
    public async ValueTask<Content> ForAsync(Content content, ShardLink target, CancellationToken cancellationToken)
    {
        if (content.Body is not ShardBody known)
            return content;
        if (known.Shard == target)
            return content with { Body = known.Inner };
        if (!_handed.TryGetValue((known.Inner, target), out var handed))
            _handed[(known.Inner, target)] = handed = await CopyAsync(known, target, cancellationToken);
        return content with { Body = handed };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
            await writer.DisposeAsync();
    }

    private async ValueTask<Body> CopyAsync(ShardBody body, ShardLink target, CancellationToken cancellationToken)
    {
        if (body.Length == 0)
            return Body.Empty;
        if (body.Bytes is { } bytes)
            return Body.Of(bytes);
        await using var source = await body.Shard.AskAsync(e => e.OpenAsync(body.Inner, cancellationToken));
        var writer = target.Engine.CreateBody();
        _writers.Add(writer);
        return await target.AskAsync(async _ =>
        {
            while (await source.ReadAsync(writer.GetMemory(SliceBytes)[..SliceBytes], cancellationToken) is > 0 and var count)
            {
                writer.Advance(count);
                await writer.FlushAsync(cancellationToken);
            }
            return await writer.CompleteAsync(cancellationToken);
        });
    }
}
