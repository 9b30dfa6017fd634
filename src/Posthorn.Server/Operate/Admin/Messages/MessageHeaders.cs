using Posthorn.Engine;
using Posthorn.Protocols.Mime;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>Reads the header of a stored message, and no more of it.</summary>
internal static class MessageHeaders
{
    /// <summary>Longest header read, in bytes; the engine's longest prefix of a body.</summary>
    public const int BytesMax = 256 * 1024;

    public static async ValueTask<HeaderBlock> ReadAsync(IEngine engine, Message message, CancellationToken cancellationToken)
    {
        await using var content = await engine.OpenAsync(message.Content, cancellationToken);
        return await HeaderBlock.ReadAsync(content, BytesMax, cancellationToken);
    }
}
