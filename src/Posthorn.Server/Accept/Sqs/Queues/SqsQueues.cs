using System.Collections.Concurrent;
using System.Text.Json;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>
/// The engine's queues with what this door keeps of them. Every queue that can be named is here, made by whatever door; those of the mail path are not,
/// and another account's mailbox is nobody's but its own and the administrator's.
/// </summary>
internal sealed class SqsQueues(IEngine engine, IAccessKeys accounts, TimeProvider time)
{
    /// <summary>Settings are documents under this and the queue's name.</summary>
    public const string Prefix = "sqs/queues/";

    /// <summary>Longest name that SQS has.</summary>
    private const int NameLengthMax = 80;

    /// <summary>Largest document, with room for what is not text.</summary>
    private const int SettingsBytesMax = 60 * 1024;

    // Read from the documents' bytes, which stay the same objects until they change.
    private readonly ConcurrentDictionary<string, (ReadOnlyMemory<byte> Document, QueueSettings Settings)> _read = new(StringComparer.Ordinal);

    /// <summary>Held by who makes or changes a queue: what it was is looked at first.</summary>
    public SemaphoreSlim Changing { get; } = new(1);

    /// <summary>The key of a queue's settings.</summary>
    public static string KeyOf(QueueName name) => Prefix + name.Value;

    /// <summary>The queue.</summary>
    /// <exception cref="AwsException">There is none, or it is not the caller's to use.</exception>
    public SqsQueue Find(QueueName name, AwsCaller caller)
    {
        CheckAccess(name, caller);
        return TryFind(name) ?? throw SqsErrors.NoQueue();
    }

    /// <summary>The queue, whoever asks; null when there is none.</summary>
    public SqsQueue? TryFind(QueueName name) => IsNameable(name) && engine.Status(name) is { } status ? new SqsQueue(status, SettingsOf(name)) : null;

    /// <summary>All queues that a caller may use, by name.</summary>
    public IEnumerable<QueueStatus> All(AwsCaller caller) => engine.Queues().Where(q => IsNameable(q.Name) && MayUse(q.Name, caller));

    /// <exception cref="AwsException">The queue is not the caller's to use.</exception>
    public void CheckAccess(QueueName name, AwsCaller caller)
    {
        if (!MayUse(name, caller))
            throw new AwsException(AwsErrors.AccessDenied, $"Access to the resource {name} is denied.");
    }

    /// <summary>Writes policy and settings of a queue as one commit; null leaves the policy as it is.</summary>
    /// <exception cref="AwsException">The settings are too large together.</exception>
    public async ValueTask SaveAsync(QueueName name, QueuePolicy? policy, QueueSettings settings)
    {
        var document = JsonSerializer.SerializeToUtf8Bytes(settings with { ChangedAt = time.GetUtcNow().ToUnixTimeSeconds() }, QueueSettingsJson.Default.QueueSettings);
        if (document.Length > SettingsBytesMax)
            throw new AwsException(SqsErrors.OverLimit, $"The attributes and tags of a queue have at most {SettingsBytesMax} bytes together.");
        var commit = new Commit();
        if (policy is not null)
            commit.SetQueue(name, policy);
        await engine.CommitAsync(commit.SetDocument(KeyOf(name), document));
    }

    /// <summary>Removes a queue with all that is known of it.</summary>
    public async ValueTask DeleteAsync(QueueName name) => await engine.CommitAsync(new Commit().DeleteQueue(name).SetDocument(KeyOf(name), null));

    /// <summary>
    /// Empties a queue by making it anew in the commit that removes it: at once however much it holds, and what it remembered for deduplication goes too.
    /// </summary>
    public async ValueTask PurgeAsync(QueueName name, QueuePolicy policy) => await engine.CommitAsync(new Commit().DeleteQueue(name).SetQueue(name, policy));

    private static bool IsNameable(QueueName name) => name.Value.Length <= NameLengthMax && !name.IsOfMailPath();

    /// <summary>Whether a queue is a caller's to use.</summary>
    public bool MayUse(QueueName name, AwsCaller caller) => accounts.MayUse(caller.Account, name);

    private QueueSettings SettingsOf(QueueName name)
    {
        if (engine.Document(KeyOf(name)) is not { } document)
            return QueueSettings.None;
        if (_read.TryGetValue(name.Value, out var read) && read.Document.Equals(document))
            return read.Settings;
        var settings = JsonSerializer.Deserialize(document.Span, QueueSettingsJson.Default.QueueSettings) ?? QueueSettings.None;
        _read[name.Value] = (document, settings);
        return settings;
    }
}
