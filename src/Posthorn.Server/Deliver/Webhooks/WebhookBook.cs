using System.Collections.Concurrent;
using System.Text.Json;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>All webhooks: those of the configuration, and those made since, which are documents of the engine. The only one that writes them.</summary>
/// <remarks>
/// Diagnostics: a document that cannot be read, or that stands in the way of the configuration, is logged and left where it is.
/// What another node changes is read again when it is told. Limits: two nodes that change the same webhook within that moment each do it on what they knew; the later
/// one's stands.
/// </remarks>
internal sealed class WebhookBook(IEngine engine, ICluster cluster, PosthornOptions options, LaneStates states, WebhookLog log) : IDisposable
{
    private const string Prefix = "webhooks/endpoints/";
    private const string PausePrefix = "webhooks/paused/";

    private readonly ConcurrentDictionary<string, WebhookOptions> _webhooks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HandPause> _pauses = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _read = new(StringComparer.Ordinal); // the documents as they were taken up
    private DocumentFollower? _follower; // since everything was read

    /// <summary>A webhook was made, changed, or removed; durable when it is told.</summary>
    public event Action<string>? Changed;

    /// <summary>A webhook was paused by hand, or that ended.</summary>
    public event Action<string>? PauseChanged;

    /// <summary>Held by who makes or changes a webhook: what it was is looked at first.</summary>
    public SemaphoreSlim Changing { get; } = new(1);

    /// <summary>All webhooks, by name.</summary>
    public IReadOnlyList<WebhookOptions> All => [.. _webhooks.Values.OrderBy(w => w.Name, StringComparer.Ordinal)];

    /// <summary>Reads everything; before a request can come.</summary>
    public void Load()
    {
        foreach (var webhook in options.Webhooks)
            _webhooks[webhook.Name] = webhook;
        foreach (var (key, document) in engine.Documents(Prefix))
        {
            var reasons = new List<string>();
            if (Read(document, reasons) is not { } webhook)
                log.Unreadable(key, string.Join("; ", reasons));
            else if (_webhooks.Values.FirstOrDefault(w => w.Name == webhook.Name || w.Queue == webhook.Queue) is { } other)
                log.Unreadable(key, $"the webhook '{other.Name}' has its name or its queue");
            else
                (_webhooks[webhook.Name], _read[key]) = (webhook, document.ToArray());
        }
        foreach (var (key, document) in engine.Documents(PausePrefix))
            _pauses[key[PausePrefix.Length..]] = JsonSerializer.Deserialize(document.Span, WebhookJson.Default.HandPause)!;
        _follower = new DocumentFollower(cluster, Changing, TakeUp);
    }

    private void TakeUp()
    {
        TakeUp(engine.Documents(Prefix).ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal));
        TakeUpPauses(engine.Documents(PausePrefix).ToDictionary(d => d.Key[PausePrefix.Length..], d => d.Value, StringComparer.Ordinal));
    }

    private void TakeUp(Dictionary<string, ReadOnlyMemory<byte>> documents)
    {
        foreach (var key in _read.Keys.Where(k => !documents.ContainsKey(k)).ToList())
        {
            _read.TryRemove(key, out _);
            _webhooks.TryRemove(key[Prefix.Length..], out _);
            Changed?.Invoke(key[Prefix.Length..]);
        }
        foreach (var (key, document) in documents.Where(d => !(_read.TryGetValue(d.Key, out var known) && d.Value.Span.SequenceEqual(known))))
        {
            var reasons = new List<string>();
            if (Read(document, reasons) is not { } webhook || Find(webhook.Name) is { IsConfigured: true })
            {
                log.Unreadable(key, reasons.Count > 0 ? string.Join("; ", reasons) : "this node's configuration has a webhook of that name");
                continue;
            }
            (_webhooks[webhook.Name], _read[key]) = (webhook, document.ToArray());
            Changed?.Invoke(webhook.Name);
        }
    }

    private void TakeUpPauses(Dictionary<string, ReadOnlyMemory<byte>> documents)
    {
        foreach (var name in _pauses.Keys.Where(k => !documents.ContainsKey(k)).ToList())
        {
            _pauses.TryRemove(name, out _);
            PauseChanged?.Invoke(name);
        }
        foreach (var (name, document) in documents)
        {
            var pause = JsonSerializer.Deserialize(document.Span, WebhookJson.Default.HandPause)!;
            if (_pauses.TryGetValue(name, out var known) && known == pause)
                continue;
            _pauses[name] = pause;
            PauseChanged?.Invoke(name);
        }
    }

    public WebhookOptions? Find(string name) => _webhooks.GetValueOrDefault(name);

    /// <summary>The pause of a webhook; null when there is none.</summary>
    public HandPause? PauseOf(string name) => _pauses.GetValueOrDefault(name);

    /// <summary>Makes or changes a webhook.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="settings">What it was made of, its secrets included.</param>
    public async ValueTask SaveAsync(WebhookOptions webhook, WebhookSettings settings)
    {
        var document = JsonSerializer.SerializeToUtf8Bytes(settings with { Name = webhook.Name }, PosthornJson.Default.WebhookSettings);
        await engine.CommitAsync(new Commit().SetDocument(Prefix + webhook.Name, document));
        (_webhooks[webhook.Name], _read[Prefix + webhook.Name]) = (webhook, document);
        Changed?.Invoke(webhook.Name);
    }

    /// <summary>Removes a webhook with all that is known of its endpoints.</summary>
    public async ValueTask RemoveAsync(WebhookOptions webhook)
    {
        var commit = new Commit().SetDocument(Prefix + webhook.Name, null).SetDocument(PausePrefix + webhook.Name, null);
        states.Forget(webhook.Name, commit);
        await engine.CommitAsync(commit);
        _pauses.TryRemove(webhook.Name, out _);
        _webhooks.TryRemove(webhook.Name, out _);
        _read.TryRemove(Prefix + webhook.Name, out _);
        Changed?.Invoke(webhook.Name);
    }

    /// <summary>Pauses a webhook, or ends that.</summary>
    public async ValueTask SetPauseAsync(WebhookOptions webhook, HandPause? pause)
    {
        var document = pause is null ? (ReadOnlyMemory<byte>?)null : JsonSerializer.SerializeToUtf8Bytes(pause, WebhookJson.Default.HandPause);
        await engine.CommitAsync(new Commit().SetDocument(PausePrefix + webhook.Name, document));
        if (pause is null)
            _pauses.TryRemove(webhook.Name, out _);
        else
            _pauses[webhook.Name] = pause;
        PauseChanged?.Invoke(webhook.Name);
    }

    /// <summary>What a webhook that was made over the API was made of; null when it is configured, or none.</summary>
    public WebhookSettings? SettingsOf(string name) =>
        engine.Document(Prefix + name) is { } document && Find(name) is { IsConfigured: false } ? JsonSerializer.Deserialize(document.Span, PosthornJson.Default.WebhookSettings) : null;

    public void Dispose() => _follower?.Dispose();

    private static WebhookOptions? Read(ReadOnlyMemory<byte> document, List<string> reasons)
    {
        try
        {
            var settings = JsonSerializer.Deserialize(document.Span, PosthornJson.Default.WebhookSettings)!;
            return new WebhookRules(settings, (key, reason) => reasons.Add($"{key}: {reason}")).Build(isConfigured: false);
        }
        catch (JsonException e)
        {
            reasons.Add(e.Message);
            return null;
        }
    }
}
