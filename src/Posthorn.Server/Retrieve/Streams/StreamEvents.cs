using System.Text.Json;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What both kinds of streams tell beside messages.</summary>
internal static class StreamEvents
{
    /// <summary>The lease of a message has ended without the client's doing.</summary>
    public static void WriteEnded(Utf8JsonWriter json, HeldMessage message)
    {
        Span<byte> handle = stackalloc byte[HandleText.Bytes];
        HandleText.Write(message.Handle, handle);
        json.WriteString("type"u8, "ended"u8);
        json.WriteString("handle"u8, handle);
        json.WriteString("id"u8, message.Handle.Message.ToString());
        json.WriteString("reason"u8, "lease-ended"u8);
    }
}
