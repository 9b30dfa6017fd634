using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Posthorn.Bodies;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>Takes a request's body into the engine as it comes: memory stays flat whatever the size.</summary>
internal static class BodyUpload
{
    /// <summary>Largest body taken where nothing else limits it: 2 GB, what the mail path can carry at all.</summary>
    public const long BytesMax = 2_000_000_000;

    /// <param name="http">The request.</param>
    /// <param name="bytesMax">Most bytes; one more is answered 413.</param>
    /// <param name="writer">Takes the bytes.</param>
    /// <param name="filter">Sees each piece on its way and says what is to be written; null writes it as it is.</param>
    public static async Task<Body> ReadAsync(HttpContext http, long bytesMax, IBodyWriter writer, Action<ReadOnlySpan<byte>, IBufferWriter<byte>>? filter = null)
    {
        if (http.Request.ContentLength > bytesMax)
            throw TooLarge(bytesMax);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null; // counted here instead, against the queue's own limit
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            foreach (var segment in read.Buffer)
            {
                if (filter is null)
                    writer.Write(segment.Span);
                else
                    filter(segment.Span, writer);
            }
            reader.AdvanceTo(read.Buffer.End);
            if (writer.Length > bytesMax)
                throw TooLarge(bytesMax);
            if (read.IsCompleted)
                return await writer.CompleteAsync(http.RequestAborted);
            await writer.FlushAsync(http.RequestAborted);
        }
    }

    private static ProblemException TooLarge(long bytesMax) => Problems.TooLarge($"The body has more than {bytesMax} bytes.");
}
