using Posthorn.Bodies;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>A body that is in the journal, in a file of its own, or in the store outside.</summary>
/// <param name="key">Its key.</param>
/// <param name="length">Its length.</param>
/// <param name="owner">The message through which it was reached; 0 for one that no commit has named yet.</param>
internal sealed class StoredBody(LogPosition key, long length, ulong owner) : Body
{
    public override long Length => length;

    public override ReadOnlyMemory<byte>? Bytes => null;

    public LogPosition Key => key;

    public ulong Owner { get; set; } = owner;

    /// <summary>What has written it, until a commit names it; null for a body that a commit has named.</summary>
    public IBodyHolder? Writer { get; set; }
}
