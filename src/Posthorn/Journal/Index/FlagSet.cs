namespace Posthorn.Journal.Index;

/// <summary>A set of flags that some messages have, once in memory for all of them.</summary>
/// <param name="key">What it is told by, whatever order and case it is written in.</param>
/// <param name="flags">The flags, each once.</param>
internal sealed class FlagSet(string key, string[] flags)
{
    public string Key { get; } = key;

    public IReadOnlyList<string> Flags { get; } = flags;

    /// <summary>How many queues hold messages with it.</summary>
    public int Queues { get; set; }

    /// <summary>How it is written in operations, as far as that is remembered.</summary>
    public List<byte[]> Writings { get; } = [];
}
