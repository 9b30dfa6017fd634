namespace Posthorn.Engine;

/// <summary>A body cannot be read: it was removed with its last message, or its bytes on disk are not those that were written.</summary>
public sealed class BodyLostException(string reason, bool isDamaged, Exception? inner = null) : IOException(reason, inner)
{
    /// <summary>True: the bytes on disk are damaged. False: the body was removed.</summary>
    public bool IsDamaged { get; } = isDamaged;
}
