namespace Posthorn.Sharding;

/// <summary>One of several stores that make one, beside the first.</summary>
/// <param name="Name">What people call it; another one for each.</param>
/// <param name="Engine">The engine on it.</param>
/// <param name="Queues">Names of its queues; <c>*</c> stands for any characters or none. Of several shards whose patterns match a name the first has the queue.</param>
public sealed record Shard(string Name, IShard Engine, IReadOnlyList<string> Queues);
