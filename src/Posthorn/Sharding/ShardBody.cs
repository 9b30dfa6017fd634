using Posthorn.Bodies;

namespace Posthorn.Sharding;

/// <summary>A body that a shard knows. The others would take it for one of their own.</summary>
/// <param name="shard">The shard.</param>
/// <param name="inner">The body as its engine made it.</param>
internal sealed class ShardBody(ShardLink shard, Body inner) : Body
{
    public ShardLink Shard { get; } = shard;

    public Body Inner { get; } = inner;

    public override long Length => Inner.Length;

    public override ReadOnlyMemory<byte>? Bytes => Inner.Bytes;
}
