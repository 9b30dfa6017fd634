using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A state of the pipeline: rules, asked in order.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsQueued">Whether mail that is sent to it waits in a queue of its own, where it can be seen, paused and counted; otherwise it goes on in the same commit.</param>
/// <param name="Rules">The rules.</param>
/// <param name="Fingerprint">Changes with the rules: a mail that waits at a rule goes on there only while they are the same.</param>
internal sealed record Processor(string Name, bool IsQueued, IReadOnlyList<Rule> Rules, string Fingerprint)
{
    /// <summary>Where a mail goes whose exceptions have used up all its tries.</summary>
    public const string Error = "error";

    /// <summary>Where every mail enters.</summary>
    public const string Root = "root";

    /// <summary>What is done without a pipeline; rules may send mail there.</summary>
    public const string BuiltIn = "built-in";

    public QueueName Queue { get; } = SpoolQueues.Processor(Name);
}
