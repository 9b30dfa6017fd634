namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>What a section turned out to be.</summary>
public enum SectionKind
{
    /// <summary>There is no such part: NIL.</summary>
    Missing,
    /// <summary>Bytes as they lie in the mail.</summary>
    Bytes,
    /// <summary>Some fields of the header that lies there: see <see cref="HeaderFilter"/>.</summary>
    Fields,
}
