namespace Posthorn.Journal.Format;

/// <summary>How a message names its body. The numbers are on disk.</summary>
internal enum BodyPlace : byte
{
    /// <summary>It has none: no bytes.</summary>
    None = 0,
    /// <summary>In the same record, so many bytes after the operation's first.</summary>
    Here = 1,
    /// <summary>By its key: where it was first written (see <see cref="Segments.LogPosition"/>), wherever it lies now.</summary>
    Key = 2,
}
