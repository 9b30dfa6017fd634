using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What is done without a pipeline, written as a pipeline.</summary>
internal static class BuiltInPipeline
{
    private static readonly ConfigLocation s_location = new("the built-in pipeline");

    /// <summary>Local recipients' mailboxes; other hosts when the sender may; nobody else: never an open relay.</summary>
    public static ConfigNode.List Rules { get; } = new(s_location, Processor.BuiltIn,
    [
        Rule(0, ("if", "recipient-is-local"), ("deliver", "mailbox")),
        Rule(1, ("if", "sender-is-trusted"), ("deliver", "outgoing")),
        Rule(2, ("bounce", "550 5.7.1 relaying denied")),
    ]);

    private static ConfigNode.Map Rule(int index, params ReadOnlySpan<(string Key, string Value)> entries)
    {
        var path = $"{Processor.BuiltIn}[{index}]";
        var written = new List<ConfigEntry>();
        foreach (var (key, value) in entries)
            written.Add(new ConfigEntry(s_location, key, new ConfigNode.Scalar(s_location, $"{path}.{key}", value)));
        return new ConfigNode.Map(s_location, path, written);
    }
}
