using System.Globalization;
using System.Text;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Sharding;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Brings the queues of the configuration into being at start, and the mailboxes of accounts with a quota: what is configured there is what counts,
/// whatever was changed by hand before. Only whether a queue is paused stays as it was left, unless the configuration says so.
/// </summary>
/// <remarks>
/// A quota is the policy of its mailbox, so that the engine keeps it whatever way a message takes in. What was set by one is remembered
/// (<see cref="QuotaPrefix"/>): taken out of the configuration, it is taken off the mailbox too, and nothing else of its policy.
/// <para>What is in a shard that is away at the start is left, and looked at again when the shard has come.</para>
/// </remarks>
internal static class ConfiguredQueues
{
    /// <summary>Documents under this name the quota that was last given to a mailbox, in bytes.</summary>
    public const string QuotaPrefix = "quota/";

    /// <param name="options">What is configured.</param>
    /// <param name="effective">Where it stands.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="among">The queues to look at: what was left the last time; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The queues that were left as they are, since their shard is away: to be looked at again when it is back.</returns>
    /// <exception cref="ConfigException">A queue that holds messages was to become FIFO, or to cease to be.</exception>
    public static async ValueTask<IReadOnlyList<QueueName>> ApplyAsync(
        PosthornOptions options, EffectiveConfig effective, IEngine engine, IReadOnlyCollection<QueueName>? among, CancellationToken cancellationToken)
    {
        var (commit, left) = (new Commit(), new List<QueueName>());
        var quotas = QuotasOf(options);
        var remembered = engine.Documents(QuotaPrefix).ToDictionary(d => d.Key[QuotaPrefix.Length..], d => Encoding.ASCII.GetString(d.Value.Span), StringComparer.Ordinal);
        var names = options.Queues.Keys.Concat(quotas.Keys).Concat(remembered.Keys.Select(k => QueueName.TryParse(k, out var queue, out _) ? queue : default)).Where(n => n != default);
        foreach (var name in names.Distinct().Where(n => among?.Contains(n) != false))
        {
            if (!TryStatus(engine, name, out var current))
            {
                left.Add(name);
                continue;
            }
            long? quota = quotas.TryGetValue(name, out var configured) ? configured : null;
            var given = remembered.GetValueOrDefault(name.Value);
            if (PolicyOf(options.Queues.GetValueOrDefault(name), quota, given, current) is { } policy && policy != current)
                commit.SetQueue(name, policy);
            if (given != Text(quota))
                commit.SetDocument(QuotaPrefix + name.Value, Text(quota) is { } text ? Encoding.ASCII.GetBytes(text) : default(ReadOnlyMemory<byte>?));
        }
        try
        {
            await CommitAsync(commit, effective, engine, cancellationToken);
        }
        catch (EngineUnavailableException) when (engine is ShardedEngine shards && names.Any(shards.IsAway))
        {
            // A shard was lost at this moment. It may be done twice, and what has nothing to do with that shard is done along with the rest.
            return [.. among ?? [.. names.Distinct()]];
        }
        return left;
    }

    private static async ValueTask CommitAsync(Commit commit, EffectiveConfig effective, IEngine engine, CancellationToken cancellationToken)
    {
        if (commit.Operations.Count == 0)
            return;
        try
        {
            await engine.CommitAsync(commit, cancellationToken);
        }
        catch (CommitConflictException e)
        {
            throw new ConfigException([.. e.Conflicts.Select(c => Refusal(effective, ((CommitOperation.SetQueue)commit.Operations[c.Operation]).Name))]);
        }
    }

    private static ConfigError Refusal(EffectiveConfig effective, QueueName name)
    {
        var key = $"queues.{name}.fifo";
        // Left out, it stands nowhere: then the queue's first setting shows the place, if it has any.
        var location = effective.Settings.OrderBy(s => s.Key == key ? 0 : 1).FirstOrDefault(s => s.Key.StartsWith($"queues.{name}.", StringComparison.Ordinal))?.Location
            ?? new ConfigLocation("queues");
        return new ConfigError(location, key, "cannot be changed while the queue holds messages: move or purge them first, or take another name");
    }

    private static Dictionary<QueueName, long> QuotasOf(PosthornOptions options)
    {
        var quotas = new Dictionary<QueueName, long>();
        foreach (var account in options.Accounts)
        {
            if (account.QuotaBytes is { } quota && QueueName.TryParse(account.Name, out var queue, out _))
                quotas.TryAdd(queue, quota);
        }

        return quotas;
    }

    private static bool TryStatus(IEngine engine, QueueName name, out QueuePolicy? current)
    {
        try
        {
            current = engine.Status(name)?.Policy;
            return true;
        }
        catch (EngineUnavailableException) when (engine is ShardedEngine shards && shards.IsAway(name))
        {
            current = null;
            return false;
        }
    }

    /// <summary>What a queue's policy is to be; null when it is nobody's business here.</summary>
    /// <param name="configured">As it is configured.</param>
    /// <param name="quota">The quota of its account.</param>
    /// <param name="given">The quota that it was given last.</param>
    /// <param name="current">As it is.</param>
    private static QueuePolicy? PolicyOf(QueuePolicy? configured, long? quota, string? given, QueuePolicy? current)
    {
        // Of one that was given, and is not any more: what was changed by hand since is the administrator's.
        var isToTakeOff = configured is null && current is { BytesMax: { } set } && Text(set) == given;
        var policy = quota is { } bytes ? WithQuota(configured ?? current ?? QueuePolicy.Default, bytes, configured is not null)
            : isToTakeOff ? current! with { BytesMax = null }
            : configured;
        return policy is null ? null : policy with { IsPaused = policy.IsPaused || current?.IsPaused == true };
    }

    /// <summary>A limit that was configured for the queue itself holds beside the quota: the smaller one counts. One that was set by hand is replaced.</summary>
    private static QueuePolicy WithQuota(QueuePolicy policy, long quota, bool isConfigured) =>
        policy with { BytesMax = isConfigured && policy.BytesMax < quota ? policy.BytesMax : quota };

    private static string? Text(long? bytes) => bytes?.ToString(CultureInfo.InvariantCulture);
}
