using System.Buffers;
using System.Net;

namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>A body on its way out, in pieces; tells of each that was taken.</summary>
internal sealed class EndpointBody(Stream body, Action taken) : HttpContent
{
    private const int PieceBytes = 64 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        body.Position = 0; // the second time, when the first connection was found closed
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (await body.ReadAsync(piece, cancellationToken) is var count and > 0)
            {
                await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                taken();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
