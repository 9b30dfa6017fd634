namespace Posthorn.Protocols.Dsn;

/// <summary>A notification in two pieces: what is returned (a header with its blank line, or a whole mail) is streamed between them.</summary>
/// <param name="Before">The bytes before it.</param>
/// <param name="After">The bytes after it.</param>
public readonly record struct WrittenNotification(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After);
