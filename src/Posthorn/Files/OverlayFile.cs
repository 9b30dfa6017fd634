namespace Posthorn.Files;

/// <summary>A file of an <see cref="OverlayFileSystem"/>.</summary>
/// <param name="pages">What is another in it.</param>
/// <param name="below">The file below; null when there is none.</param>
internal sealed class OverlayFile(OverlayPages pages, IJournalFile? below) : IJournalFile
{
    public long Length => pages.Length;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> target)
    {
        var count = (int)Math.Clamp(pages.Length - offset, 0, target.Length);
        for (var done = 0; done < count;)
        {
            var part = Part(offset + done, count - done);
            if (!pages.TryRead(offset + done, target.Span.Slice(done, part)))
            {
                part = pages.Unwritten(offset + done, count - done, out var fromBelow);
                var read = below is null || fromBelow == 0 ? 0 : await below.ReadAsync(offset + done, target.Slice(done, fromBelow));
                target.Span[(done + read)..(done + part)].Clear();
            }
            done += part;
        }
        return count;
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
    {
        for (var done = 0; done < source.Length;)
        {
            var part = Part(offset + done, source.Length - done);
            var page = new byte[OverlayPages.PageLength];
            await ReadAsync((offset + done) / OverlayPages.PageLength * OverlayPages.PageLength, page);
            pages.Write(offset + done, source.Span.Slice(done, part), page);
            done += part;
        }
    }

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public ValueTask SetLengthAsync(long length)
    {
        pages.SetLength(length);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => below?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static int Part(long offset, int count) => (int)Math.Min(count, OverlayPages.PageLength - (offset % OverlayPages.PageLength));
}
