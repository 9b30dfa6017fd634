using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Spool;
using SqsQueues = Posthorn.Server.Accept.Sqs.Queues.SqsQueues;

namespace Posthorn.Server.Operate.Admin.Queues;

/// <summary>Queues: see, make, change, remove, and what is done with all messages of one.</summary>
internal static class QueueEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var queues = v1.MapGroup("/queues").WithTags("Queues");
        queues.MapGet("", List).WithSummary("All queues, or those whose names start with a prefix");
        queues.MapGet("/{queue}", Show).WithSummary("One queue");
        queues.MapPut("/{queue}", PutAsync).WithSummary("Make a queue, or replace all settings of one that exists");
        queues.MapPatch("/{queue}", PatchAsync).WithSummary("Change some settings (JSON merge patch, RFC 7396): null is the default again");
        queues.MapDelete("/{queue}", DeleteAsync).WithSummary("Remove a queue with all its messages");
        queues.MapPost("/{queue}/pause", PauseAsync).WithSummary("Hand out no more messages; they still come in");
        queues.MapPost("/{queue}/resume", ResumeAsync).WithSummary("Hand messages out again");
        queues.MapPost("/{queue}/purge", Purge).WithSummary("Remove all messages for good, leased ones and kept ones too");
        queues.MapPost("/{queue}/flush", Flush).WithSummary("Make all delayed messages due now");
        queues.MapPost("/{queue}/move", Move).WithSummary("Move all messages to another queue");
        queues.MapPost("/{queue}/redrive", Redrive).WithSummary("Put dead letters back where they came from, with their full number of attempts");
        queues.MapPost("/{queue}/replay", Replay).WithSummary("Make what was consumed ready again, all or of a range of time; 'to' is another queue");
        queues.MapGet("/{queue}/shape", ShapeAsync).WithSummary("The age of what waits, by destination, sender or error");
    }

    private static Ok<QueueList> List(IEngine engine, string? prefix) => TypedResults.Ok(new QueueList(
        [.. engine.Queues().Where(q => q.Name.Value.StartsWith(prefix ?? "", StringComparison.Ordinal)).Select(q => q.ToContract())]));

    private static Ok<QueueInfo> Show(IEngine engine, string queue) => TypedResults.Ok(Status(engine, queue).ToContract());

    private static async Task<Results<Ok<QueueInfo>, Created<QueueInfo>>> PutAsync(
        IEngine engine, string queue, QueueSettings settings, CancellationToken cancellationToken)
    {
        var name = AdminGate.ParseQueue(queue);
        var exists = engine.Status(name) is not null;
        var info = await SetAsync(engine, name, settings.ToPolicy(name), cancellationToken);
        return exists ? TypedResults.Ok(info) : TypedResults.Created((string?)null, info);
    }

    private static async Task<Ok<QueueInfo>> PatchAsync(IEngine engine, string queue, JsonObject changes, CancellationToken cancellationToken)
    {
        var status = Status(engine, queue);
        var settings = JsonSerializer.SerializeToNode(status.Policy.ToContract(), PosthornJson.Default.QueueSettings)!.AsObject();
        foreach (var (key, value) in changes)
        {
            settings.Remove(key);
            if (value is not null)
                settings[key] = value.DeepClone();
        }
        QueueSettings changed;
        try
        {
            changed = settings.Deserialize(PosthornJson.Default.QueueSettings)!;
        }
        catch (JsonException e)
        {
            throw Problems.BadRequest(e.Message);
        }
        return TypedResults.Ok(await SetAsync(engine, status.Name, changed.ToPolicy(status.Name), cancellationToken));
    }

    private static async Task<NoContent> DeleteAsync(IEngine engine, string queue, CancellationToken cancellationToken)
    {
        var name = Status(engine, queue).Name;
        if (name.IsBelow(SpoolQueues.Prefix))
            throw Problems.Conflict("spool-queue", $"'{name}' belongs to the mail path, which works on it while it runs; purge it instead.");
        await engine.CommitAsync(new Commit().DeleteQueue(name).SetDocument(SqsQueues.KeyOf(name), null), cancellationToken);
        return TypedResults.NoContent();
    }

    private static Task<Ok<QueueInfo>> PauseAsync(IEngine engine, string queue, CancellationToken cancellationToken) =>
        SetPausedAsync(engine, queue, isPaused: true, cancellationToken);

    private static Task<Ok<QueueInfo>> ResumeAsync(IEngine engine, string queue, CancellationToken cancellationToken) =>
        SetPausedAsync(engine, queue, isPaused: false, cancellationToken);

    private static Accepted<TaskInfo> Purge(HttpContext http, CommandDesk desk, IEngine engine, string queue) =>
        Start(http, desk, engine, queue, new MessageCommand { Action = MessageAction.Discard, IncludeLeased = true, Query = new MessageQuery() });

    private static Accepted<TaskInfo> Flush(HttpContext http, CommandDesk desk, IEngine engine, string queue) =>
        Start(http, desk, engine, queue, new MessageCommand { Action = MessageAction.Flush, Query = new MessageQuery() });

    private static Accepted<TaskInfo> Move(HttpContext http, CommandDesk desk, IEngine engine, string queue, string to) =>
        Start(http, desk, engine, queue, new MessageCommand { Action = MessageAction.Move, To = to, Query = new MessageQuery() });

    private static Accepted<TaskInfo> Redrive(HttpContext http, CommandDesk desk, IEngine engine, string queue, string? to) =>
        Start(http, desk, engine, queue, new MessageCommand { Action = MessageAction.Redrive, To = to, Query = new MessageQuery() });

    private static Accepted<TaskInfo> Replay(
        HttpContext http, CommandDesk desk, IEngine engine, string queue, string? to, DateTimeOffset? consumedFrom, DateTimeOffset? consumedBefore) =>
        Start(http, desk, engine, queue, new MessageCommand
        {
            Action = MessageAction.Replay, To = to, Query = new MessageQuery { ConsumedFrom = consumedFrom, ConsumedBefore = consumedBefore },
        });

    private static async Task<Ok<QueueShape>> ShapeAsync(
        IEngine engine, TimeProvider time, string queue, string? by, int? rows, CancellationToken cancellationToken) =>
        TypedResults.Ok(await ShapeReport.OfAsync(
            engine, Status(engine, queue).Name, QueryValues.Enum(by, "by", ShapeBy.Destination), QueryValues.Within(rows, "rows", 1, 1_000, 20),
            time.GetUtcNow(), cancellationToken));

    private static Accepted<TaskInfo> Start(HttpContext http, CommandDesk desk, IEngine engine, string queue, MessageCommand command)
    {
        var task = desk.Start(
            command with { Query = command.Query with { Queues = [Status(engine, queue).Name] } }, http.Caller(), IdempotencyKey.Of(http));
        return TypedResults.Accepted("/v1/tasks/" + task.Id, task);
    }

    private static async Task<Ok<QueueInfo>> SetPausedAsync(IEngine engine, string queue, bool isPaused, CancellationToken cancellationToken)
    {
        var status = Status(engine, queue);
        return TypedResults.Ok(await SetAsync(engine, status.Name, status.Policy with { IsPaused = isPaused }, cancellationToken));
    }

    private static async Task<QueueInfo> SetAsync(IEngine engine, QueueName name, QueuePolicy policy, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CommitAsync(new Commit().SetQueue(name, policy), cancellationToken);
        }
        catch (CommitConflictException e) when (e.Conflicts[0].Reason == ConflictReason.QueueNotEmpty)
        {
            throw Problems.Conflict("queue-not-empty", $"'{name}' holds messages: 'fifo' can be changed only while it is empty.");
        }
        return (engine.Status(name) ?? throw Problems.QueueNotFound(name)).ToContract();
    }

    private static QueueStatus Status(IEngine engine, string queue) =>
        engine.Status(AdminGate.ParseQueue(queue)) ?? throw Problems.QueueNotFound(queue);
}
