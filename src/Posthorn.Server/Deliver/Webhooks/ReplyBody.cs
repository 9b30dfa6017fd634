using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>An endpoint's answer on its way into the engine, in pieces; it becomes durable with the commit that names it.</summary>
internal sealed class ReplyBody(IEngine engine, long bytesMax) : IAsyncDisposable
{
    private const int PieceBytes = 64 * 1024;

    private IBodyWriter? _writer;
    private Body? _body;

    /// <summary>Takes the answer.</summary>
    /// <exception cref="IOException">It is larger than the webhook takes, or there is no space for it.</exception>
    public async ValueTask ReadAsync(Stream answer, CancellationToken cancellationToken)
    {
        await DisposeAsync(); // of an earlier try on a connection that was lost
        _writer = engine.CreateBody();
        while (await answer.ReadAsync(_writer.GetMemory(PieceBytes), cancellationToken) is var count and > 0)
        {
            _writer.Advance(count);
            if (_writer.Length > bytesMax)
                throw new IOException($"the answer is larger than the {bytesMax} bytes that its webhook takes ('reply-max')");
            await _writer.FlushAsync(cancellationToken);
        }
        _body = await _writer.CompleteAsync(cancellationToken);
    }

    /// <summary>The whole answer; empty when none was read.</summary>
    public Body Body => _body ?? Body.Of(ReadOnlyMemory<byte>.Empty);

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
            await _writer.DisposeAsync();
        (_writer, _body) = (null, null);
    }
}
