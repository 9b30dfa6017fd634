using System.Globalization;
using System.Text;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>
/// Brings the queues of the configuration into being at start, and the mailboxes of accounts with a quota: what is configured there is what counts,
/// whatever was changed by hand before. Only whether a queue is paused stays as it was left, unless the configuration says so.
/// </summary>
/// <remarks>
/// A quota is the policy of its mailbox, so that the engine keeps it whatever way a message takes in. What was set by one is remembered
/// (<see cref="QuotaPrefix"/>): taken out of the configuration, it is taken off the mailbox too, and nothing else of its policy.
/// </remarks>
internal static class ConfiguredQueues
{
    /// <summary>Documents under this name the quota that was last given to a mailbox, in bytes.</summary>
    public const string QuotaPrefix = "quota/";

    /// <exception cref="ConfigException">A queue that holds messages was to become FIFO, or to cease to be.</exception>
    public static async ValueTask ApplyAsync(PosthornOptions options, EffectiveConfig effective, IEngine engine, CancellationToken cancellationToken)
    {
        var commit = new Commit();
        var quotas = QuotasOf(options);
        var policies = options.Queues.ToDictionary();
        foreach (var (queue, quota) in quotas)
            policies[queue] = WithQuota(policies.GetValueOrDefault(queue) ?? engine.Status(queue)?.Policy ?? QueuePolicy.Default, quota, options.Queues.ContainsKey(queue));
        TakeOffOld(engine, quotas, policies);
        foreach (var (name, configured) in policies)
        {
            var current = engine.Status(name)?.Policy;
            var policy = configured with { IsPaused = configured.IsPaused || current?.IsPaused == true };
            if (current != policy)
                commit.SetQueue(name, policy);
        }

        Remember(commit, engine, quotas);
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

    /// <summary>A limit that was configured for the queue itself holds beside the quota: the smaller one counts. One that was set by hand is replaced.</summary>
    private static QueuePolicy WithQuota(QueuePolicy policy, long quota, bool isConfigured) =>
        policy with { BytesMax = isConfigured && policy.BytesMax < quota ? policy.BytesMax : quota };

    private static void TakeOffOld(IEngine engine, Dictionary<QueueName, long> quotas, Dictionary<QueueName, QueuePolicy> policies)
    {
        foreach (var (key, value) in engine.Documents(QuotaPrefix))
        {
            // What was changed by hand since is the administrator's.
            if (QueueName.TryParse(key[QuotaPrefix.Length..], out var queue, out _) && !quotas.ContainsKey(queue) && !policies.ContainsKey(queue)
                && engine.Status(queue)?.Policy is { BytesMax: { } set } policy && Text(set) == Encoding.ASCII.GetString(value.Span))
                policies[queue] = policy with { BytesMax = null };
        }
    }

    private static void Remember(Commit commit, IEngine engine, Dictionary<QueueName, long> quotas)
    {
        var remembered = engine.Documents(QuotaPrefix).ToDictionary(d => d.Key, d => Encoding.ASCII.GetString(d.Value.Span), StringComparer.Ordinal);
        var wanted = quotas.ToDictionary(q => QuotaPrefix + q.Key.Value, q => Text(q.Value), StringComparer.Ordinal);
        foreach (var key in remembered.Keys.Where(k => !wanted.ContainsKey(k)))
            commit.SetDocument(key, null);
        foreach (var (key, quota) in wanted.Where(w => remembered.GetValueOrDefault(w.Key) != w.Value))
            commit.SetDocument(key, Encoding.ASCII.GetBytes(quota));
    }

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
