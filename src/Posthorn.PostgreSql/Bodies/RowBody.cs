namespace Posthorn.PostgreSql.Bodies;

/// <summary>
/// Bodies in the row of the only message that has them: their ids are below zero, and say which message. They are written with it, never changed, and gone when
/// it is gone or has another content; a message that is made from one gets bytes of its own.
/// </summary>
internal static class RowBody
{
    /// <summary>
    /// Up to so many bytes are in the message's row. Of a row that is longer than about 2,000 bytes PostgreSQL puts the bytes into another table, where they cost as much
    /// as in <c>bodies</c> without being shared when a mail goes from queue to queue.
    /// </summary>
    public const int BytesMax = 1536;

    /// <summary>Whether a body is in its message's row.</summary>
    public static bool Is(long bodyId) => bodyId < 0;

    /// <summary>The id of the body in a message's row.</summary>
    public static long IdOf(ulong message) => -(long)message;

    /// <summary>The message in whose row a body is.</summary>
    public static ulong MessageOf(long bodyId) => (ulong)-bodyId;
}
