using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Keeps what is the matter with endpoints, each a document of the engine; the mail that tells of it is part of the same commit, so that it is sent once.</summary>
internal sealed class LaneStates(IEngine engine, WebhookNotices notices, ITimeline timeline)
{
    private const string Prefix = "webhooks/lanes/";
    private const int HashLength = 32;

    public LaneState? Find(string webhook, string endpoint) => engine.Document(KeyOf(webhook, endpoint)) is { } document ? Read(document) : null;

    /// <summary>Keeps a state; one in which nothing is the matter is removed.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="state">The state.</param>
    /// <param name="isTold">Whether the owner is to be told with it.</param>
    public async ValueTask SaveAsync(WebhookOptions webhook, string endpoint, LaneState state, bool isTold)
    {
        var document = state == LaneState.Fine ? (ReadOnlyMemory<byte>?)null
            : JsonSerializer.SerializeToUtf8Bytes(state with { Webhook = webhook.Name, Endpoint = endpoint }, WebhookJson.Default.LaneState);
        var commit = new Commit().SetDocument(KeyOf(webhook.Name, endpoint), document);
        var mail = isTold ? notices.About(webhook, endpoint, state) : null;
        if (mail is not null)
            commit.Add(mail);
        var result = await engine.CommitAsync(commit);
        if (mail is null)
            return;
        var id = result.Added[0].Id;
        timeline.Record(new TimelineEvent(TimelineKind.Accepted, id, id, SpoolQueues.Root.Value, $"written for webhook {webhook.Name}, whose endpoint {endpoint} keeps failing")
        {
            MessageIdField = mail.Attributes[MailAttributes.MessageId].Text, Sender = "", Recipients = [webhook.Owner!],
        });
    }

    /// <summary>The states of a webhook's endpoints.</summary>
    public IReadOnlyList<LaneState> Of(string webhook) => [.. engine.Documents(Prefix).Select(d => Read(d.Value)).Where(s => s.Webhook == webhook)];

    /// <summary>Removes the states of a webhook's endpoints, as part of a commit.</summary>
    public void Forget(string webhook, Commit commit)
    {
        foreach (var state in Of(webhook))
            commit.SetDocument(KeyOf(webhook, state.Endpoint), null);
    }

    private static LaneState Read(ReadOnlyMemory<byte> document) => JsonSerializer.Deserialize(document.Span, WebhookJson.Default.LaneState)!;

    // An endpoint may be longer than a document's key.
    private static string KeyOf(string webhook, string endpoint) =>
        Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{webhook}\n{endpoint}")))[..HashLength];
}
