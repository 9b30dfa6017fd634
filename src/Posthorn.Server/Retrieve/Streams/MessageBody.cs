using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>The bytes of a message that come along with it: the engine's own where it has them in one piece, else read into a buffer of the pool.</summary>
internal readonly struct MessageBody : IDisposable
{
    private readonly PooledBuffer? _read;

    private MessageBody(ReadOnlyMemory<byte> bytes, PooledBuffer? read)
    {
        (Bytes, _read, IsThere) = (bytes, read, true);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>False when it is too large to come along, or lost: whoever asks for it by its handle is told which.</summary>
    public bool IsThere { get; }

    public static async ValueTask<MessageBody> ReadAsync(IEngine engine, LeasedMessage leased, int bytesMax, CancellationToken cancellationToken)
    {
        var content = leased.Message.Content;
        if (content.Length > bytesMax)
            return default;
        if (content.Prefix.Length == 0 && content.Body.Bytes is { } bytes)
            return new MessageBody(bytes[(int)content.Skip..], null);
        var buffer = new PooledBuffer();
        try
        {
            var length = (int)content.Length;
            await using var stream = await engine.OpenAsync(content, cancellationToken);
            await stream.ReadExactlyAsync(buffer.GetMemory(length)[..length], cancellationToken);
            buffer.Advance(length);
            return new MessageBody(buffer.Written, buffer);
        }
        catch (BodyLostException)
        {
            buffer.Dispose();
            return default;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Dispose() => _read?.Dispose();
}
