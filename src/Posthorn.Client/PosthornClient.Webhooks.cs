using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>All webhooks.</summary>
    public async Task<IReadOnlyList<WebhookInfo>> ListWebhooksAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync("v1/webhooks", PosthornJson.Default.WebhookList, cancellationToken).ConfigureAwait(false)).Webhooks;

    /// <summary>One webhook.</summary>
    public Task<WebhookInfo> GetWebhookAsync(string name, CancellationToken cancellationToken = default) =>
        GetAsync(Webhook(name), PosthornJson.Default.WebhookInfo, cancellationToken);

    /// <summary>Its last calls, the newest first.</summary>
    public async Task<IReadOnlyList<WebhookAttempt>> ListWebhookAttemptsAsync(string name, CancellationToken cancellationToken = default) =>
        (await GetAsync(Webhook(name) + "/attempts", PosthornJson.Default.WebhookAttempts, cancellationToken).ConfigureAwait(false)).Attempts;

    /// <summary>Makes a webhook; durable when the call returns. One with its name, or on its queue, is a refusal.</summary>
    public Task<WebhookInfo> AddWebhookAsync(WebhookSettings settings, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "v1/webhooks", settings, PosthornJson.Default.WebhookSettings, PosthornJson.Default.WebhookInfo, cancellationToken);

    /// <summary>Makes a webhook, or replaces all settings of one that exists; its secrets stay unless others are given.</summary>
    public Task<WebhookInfo> SetWebhookAsync(string name, WebhookSettings settings, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, Webhook(name), settings, PosthornJson.Default.WebhookSettings, PosthornJson.Default.WebhookInfo, cancellationToken);

    /// <summary>Removes a webhook; the messages of its queue stay.</summary>
    public Task RemoveWebhookAsync(string name, CancellationToken cancellationToken = default) => DeleteAsync(Webhook(name), cancellationToken);

    /// <summary>Stops a webhook; its messages wait.</summary>
    public Task<WebhookInfo> PauseWebhookAsync(string name, WebhookPause pause, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, Webhook(name) + "/pause", pause, PosthornJson.Default.WebhookPause, PosthornJson.Default.WebhookInfo, cancellationToken);

    /// <summary>Ends a pause, and that its endpoints are failing or disabled.</summary>
    public Task<WebhookInfo> ResumeWebhookAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Webhook(name) + "/resume", PosthornJson.Default.WebhookInfo, cancellationToken);

    /// <summary>Makes a signed call that carries no message.</summary>
    /// <returns>What came of it.</returns>
    public Task<WebhookAttempt> TestWebhookAsync(string name, WebhookTest test, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, Webhook(name) + "/test", test, PosthornJson.Default.WebhookTest, PosthornJson.Default.WebhookAttempt, cancellationToken);

    /// <summary>Posts messages again that it missed.</summary>
    /// <returns>The tasks that do it.</returns>
    public async Task<IReadOnlyList<TaskInfo>> ReplayWebhookAsync(string name, WebhookReplay replay, CancellationToken cancellationToken = default) =>
        (await SendAsync(
            HttpMethod.Post, Webhook(name) + "/replay", replay, PosthornJson.Default.WebhookReplay, PosthornJson.Default.TaskList, cancellationToken).ConfigureAwait(false)).Tasks;

    private static string Webhook(string name) => "v1/webhooks/" + Escape(name);
}
