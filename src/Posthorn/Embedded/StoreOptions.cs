using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Queues;

namespace Posthorn.Embedded;

/// <summary>Where a store is and how its queues behave.</summary>
public sealed class StoreOptions
{
    private readonly Dictionary<string, Func<QueuePolicy, QueuePolicy>> _queues = new(StringComparer.Ordinal);

    /// <summary>
    /// The data folder, <c>queue</c> in the current directory by default; made when it does not exist. One process has it at a time.
    /// The journal is in <c>journal/</c> below it: the program <c>posthorn</c> can check, serve and repair the same folder.
    /// </summary>
    public string Data { get; set; } = "queue";

    /// <summary>How the journal uses memory and disk; see <see cref="JournalOptions"/> for each range.</summary>
    public JournalOptions Journal { get; set; } = new();

    /// <summary>Opens another engine than the journal of <see cref="Data"/>; the store closes it. Null, the default, is the journal.</summary>
    public Func<CancellationToken, Task<IEngine>>? OpenEngine { get; set; }

    /// <summary>
    /// Declares a queue: it exists when the store is open, with this policy. A policy that was changed otherwise is set again at the next
    /// start, except that a paused queue stays paused.
    /// </summary>
    /// <param name="name">1 to 255 characters; see <see cref="QueueName"/>.</param>
    /// <param name="policy">Gets the default policy; null leaves a policy that is there as it is. Declared twice, the second goes on from the first.</param>
    /// <returns>The same options.</returns>
    public StoreOptions Queue(string name, Func<QueuePolicy, QueuePolicy>? policy = null)
    {
        if (_queues.TryGetValue(name, out var first))
            _queues[name] = policy is null ? first : before => policy(first(before));
        else
            _queues[name] = policy ?? Unchanged;
        return this;
    }

    internal static QueuePolicy Unchanged(QueuePolicy policy) => policy;

    /// <summary>The declared queues with what makes their policies.</summary>
    internal IReadOnlyDictionary<string, Func<QueuePolicy, QueuePolicy>> Queues => _queues;
}
