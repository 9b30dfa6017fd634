using System.Text.Unicode;
using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>Receipt handles as bytes, without a string between: a batch names hundreds.</summary>
internal static class HandleText
{
    /// <summary>Bytes of a handle.</summary>
    public const int Bytes = 33;

    public static void Write(ReceiptHandle handle, Span<byte> to) => Utf8.TryWrite(to, $"{handle.Message.Value:x16}-{handle.Token:x16}", out _);
}
