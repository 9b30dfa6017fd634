namespace Posthorn.Protocols.Mime;

/// <summary>What a line of a header can be.</summary>
internal enum HeaderLine
{
    /// <summary>The empty line that ends a header.</summary>
    Blank,
    /// <summary>Starts a field.</summary>
    Field,
    /// <summary>Goes on with the field before it (folding); it may hold nothing but white space.</summary>
    Continuation,
    /// <summary>No line of a header: the body has begun.</summary>
    Other,
}
