using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Webhooks;

/// <summary>Webhooks: see, make, change, remove, pause, resume, test, replay.</summary>
internal static class WebhookEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var webhooks = v1.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapGet("", List).WithSummary("All webhooks, those of the configuration file too");
        webhooks.MapPost("", AddAsync).WithSummary("Make a webhook; without 'secrets' it gets one, which this answer alone tells");
        webhooks.MapGet("/{name}", Show).WithSummary("One webhook and how its endpoints are");
        webhooks.MapPut("/{name}", SetAsync).WithSummary("Make a webhook, or replace all settings of one that exists; without 'secrets' it keeps those it has");
        webhooks.MapDelete("/{name}", RemoveAsync).WithSummary("Remove a webhook; the messages of its queue stay");
        webhooks.MapGet("/{name}/attempts", Attempts).WithSummary("Its last calls since the server started, the newest first");
        webhooks.MapPost("/{name}/pause", PauseAsync).WithSummary("Post nothing; messages wait, and nothing of them is counted");
        webhooks.MapPost("/{name}/resume", ResumeAsync).WithSummary("Post again, also to endpoints that are failing or disabled");
        webhooks.MapPost("/{name}/test", TestAsync).WithSummary("Make a signed call that carries no message, and tell what came of it");
        webhooks.MapPost("/{name}/replay", ReplayAsync).WithSummary("Post messages again that it missed: one, or a range of time, as tasks");
    }

    private static Ok<WebhookList> List(WebhookDesk desk) => TypedResults.Ok(new WebhookList(desk.List()));

    private static async Task<Created<WebhookInfo>> AddAsync(WebhookDesk desk, WebhookSettings settings)
    {
        var made = await desk.AddAsync(settings);
        return TypedResults.Created("/v1/webhooks/" + Uri.EscapeDataString(made.Name), made);
    }

    private static Ok<WebhookInfo> Show(WebhookDesk desk, string name) => TypedResults.Ok(desk.Show(name));

    private static async Task<Results<Ok<WebhookInfo>, Created<WebhookInfo>>> SetAsync(WebhookDesk desk, string name, WebhookSettings settings)
    {
        var (webhook, isNew) = await desk.SetAsync(name, settings);
        return isNew ? TypedResults.Created((string?)null, webhook) : TypedResults.Ok(webhook);
    }

    private static async Task<NoContent> RemoveAsync(WebhookDesk desk, string name)
    {
        await desk.RemoveAsync(name);
        return TypedResults.NoContent();
    }

    private static Ok<WebhookAttempts> Attempts(WebhookDesk desk, string name) => TypedResults.Ok(new WebhookAttempts(desk.Attempts(name)));

    private static async Task<Ok<WebhookInfo>> PauseAsync(HttpContext http, WebhookDesk desk, string name, WebhookPause? pause) =>
        TypedResults.Ok(await desk.PauseAsync(name, pause ?? new WebhookPause(), http.Caller()));

    private static async Task<Ok<WebhookInfo>> ResumeAsync(WebhookDesk desk, string name) => TypedResults.Ok(await desk.ResumeAsync(name));

    private static async Task<Ok<WebhookAttempt>> TestAsync(WebhookDesk desk, string name, WebhookTest? test, CancellationToken cancellationToken) =>
        TypedResults.Ok(await desk.TestAsync(name, test ?? new WebhookTest(), cancellationToken));

    private static async Task<Accepted<TaskList>> ReplayAsync(HttpContext http, WebhookDesk desk, string name, WebhookReplay? replay, CancellationToken cancellationToken) =>
        TypedResults.Accepted((string?)null, new TaskList(await desk.ReplayAsync(name, replay ?? new WebhookReplay(), http.Caller(), IdempotencyKey.Of(http), cancellationToken)));
}
