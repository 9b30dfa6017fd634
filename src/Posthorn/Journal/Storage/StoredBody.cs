using Posthorn.Bodies;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>A body that is in the journal or in a file of its own.</summary>
/// <param name="key">Its key.</param>
/// <param name="length">Its length.</param>
/// <param name="owner">The message through which it was reached; 0 for a file that no commit has named yet.</param>
internal sealed class StoredBody(LogPosition key, long length, ulong owner) : Body
{
    public override long Length => length;

    public override ReadOnlyMemory<byte>? Bytes => null;

    public LogPosition Key => key;

    public ulong Owner { get; set; } = owner;

    /// <summary>What writes the file, until a commit names it; null for a body that a commit has named.</summary>
    public BodyWriter? Writer { get; set; }
}
