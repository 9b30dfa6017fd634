using Posthorn.Bodies;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Copies streams into bodies, a slice at a time.</summary>
internal static class BodyCopying
{
    private const int SliceBytes = 64 * 1024;

    /// <summary>Copies up to <paramref name="count"/> bytes, fewer at the stream's end.</summary>
    public static async ValueTask CopyFromAsync(this IBodyWriter body, Stream stream, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var slice = body.GetMemory(SliceBytes);
            var read = await stream.ReadAsync(slice[..(int)Math.Min(slice.Length, count)], cancellationToken);
            if (read == 0)
                return;
            body.Advance(read);
            count -= read;
            await body.FlushAsync(cancellationToken);
        }
    }
}
