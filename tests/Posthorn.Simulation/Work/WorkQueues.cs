using Posthorn.Queues;

namespace Posthorn.Simulation.Work;

/// <summary>The queues that clients work with, each for something.</summary>
public static class WorkQueues
{
    public const string Grouped = "grouped";
    public const string Recreated = "recreated";
    public const string Limited = "limited";
    public const string Fifo = "in-order";
    public const string Kept = "kept";
    public const string Narrow = "narrow";
    public const string DeadLetters = "twice/dead";

    /// <summary>Two plain ones, one made on demand ("plain"), one for each policy.</summary>
    public static IReadOnlyDictionary<string, QueuePolicy> Policies { get; } = new SortedDictionary<string, QueuePolicy>(StringComparer.Ordinal)
    {
        ["slow"] = new() { Delay = TimeSpan.FromSeconds(5), VisibilityTimeout = TimeSpan.FromMinutes(2) },
        ["twice"] = new() { ReceivesMax = 2, DeadLetterQueue = QueueName.Parse(DeadLetters), VisibilityTimeout = TimeSpan.FromSeconds(10) },
        ["short-lived"] = new() { Retention = TimeSpan.FromMinutes(10) },
        [Limited] = new() { MessagesMax = 6, BytesMax = 6_000, MessageBytesMax = 4_000 },
        [Grouped] = new() { VisibilityTimeout = TimeSpan.FromSeconds(20), Fairness = QueueFairness.ByGroup },
        [Recreated] = new(),
        [Fifo] = new() { IsFifo = true, VisibilityTimeout = TimeSpan.FromSeconds(15) },
        [Kept] = new() { KeepConsumed = TimeSpan.FromMinutes(20) },
        [Narrow] = new() { LeasesMax = 3, VisibilityTimeout = TimeSpan.FromSeconds(20) },
    };

    /// <summary>Where messages are sent; the plain ones more often.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["plain", "plain", "plain", "slow", "twice", "twice", "short-lived", Limited, Grouped, Grouped, Recreated, Fifo, Fifo, Kept, Narrow];

    /// <summary>Where messages are looked for.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["plain", "plain", "slow", "twice", "twice", DeadLetters, "short-lived", Limited, Grouped, Recreated, Fifo, Kept, Narrow];
}
