using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>Ways in: any bytes to a queue, a mail to the pipeline. Durable when answered.</summary>
internal static class SendEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/queues/{queue}/messages", SendAsync).WithTags("Sending").WithMetadata(OpenToAccounts.Marker)
            .WithMetadata(new RawBody("application/octet-stream")).WithSummary("Send any bytes to a queue, which is made when it does not exist");
        // For clients that think of a body as a resource; the same otherwise.
        v1.MapPut("/queues/{queue}/messages", SendAsync).WithTags("Sending").WithMetadata(OpenToAccounts.Marker)
            .WithMetadata(new RawBody("application/octet-stream")).WithSummary("Send any bytes to a queue, as POST does");
        v1.MapPost("/mails", SubmitAsync).WithTags("Sending").WithMetadata(OpenToAccounts.Marker)
            .WithMetadata(new RawBody("message/rfc822")).WithSummary("Submit a mail to the pipeline; sender and recipients from the query, or from the header");
    }

    private static async Task<Created<SentMessage>> SendAsync(HttpContext http, IEngine engine, ITimeline timeline, TimeProvider time, string queue)
    {
        var name = AdminGate.ParseQueue(queue);
        if (name.IsBelow(SpoolQueues.Prefix))
            throw Problems.Conflict("spool-queue", $"'{name}' belongs to the mail path; submit mail to /v1/mails.");
        var headers = SendHeaders.Of(http.Request);
        var key = IdempotencyKey.Of(http);
        var bytesMax = Math.Min(engine.Status(name)?.Policy.MessageBytesMax ?? long.MaxValue, BodyUpload.BytesMax);
        await using var writer = engine.CreateBody();
        var body = await BodyUpload.ReadAsync(http, bytesMax, writer);
        var commit = new Commit { IdempotencyKey = key }.Add(new NewMessage
        {
            Queue = name,
            Content = body,
            Attributes = headers.Attributes,
            Priority = headers.Priority,
            DueAt = time.GetUtcNow() + headers.Delay,
            Group = headers.Group,
        });
        var result = await engine.CommitAsync(commit, http.RequestAborted);
        var (id, number) = result.Added[0];
        if (!result.IsRepeat)
        {
            timeline.Record(new TimelineEvent(TimelineKind.Accepted, id, id, name, $"{body.Length} bytes by http from account {http.Caller().Name}")
            {
                Peer = http.Connection.RemoteIpAddress?.ToString(),
                IsOfProgram = true,
            });
        }
        return TypedResults.Created("/v1/messages/" + id, new SentMessage(id.ToString(), name, number, result.IsRepeat));
    }

    private static async Task<Created<SentMessage>> SubmitAsync(
        HttpContext http, IEngine engine, IMailSpool spool, MailComposer composer, TimeProvider time,
        string? sender, [FromQuery] string[]? recipient, string? priority, string? delay)
    {
        var level = SendHeaders.ToPriority(priority, "priority");
        var dueAt = time.GetUtcNow() + QueryValues.Duration(delay, "delay");
        var key = IdempotencyKey.Of(http);
        var upload = new MailUpload(MailComposer.HeaderBytesMax);
        await using var writer = engine.CreateBody();
        var body = await BodyUpload.ReadAsync(http, BodyUpload.BytesMax, writer, upload.Take);
        var submission = composer.Compose(body, upload.Start, sender, recipient ?? [], http.Caller(), http.Connection.RemoteIpAddress);
        var result = await spool.SubmitAsync(submission with { Priority = level, DueAt = dueAt, IdempotencyKey = key }, http.RequestAborted);
        var (id, number) = result.Added[0];
        return TypedResults.Created("/v1/messages/" + id, new SentMessage(id.ToString(), SpoolQueues.Root, number, result.IsRepeat));
    }
}
