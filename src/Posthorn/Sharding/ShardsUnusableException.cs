namespace Posthorn.Sharding;

/// <summary>Shards cannot be used as they are given; the message says why and what to do about it.</summary>
public sealed class ShardsUnusableException(string message) : Exception(message);
