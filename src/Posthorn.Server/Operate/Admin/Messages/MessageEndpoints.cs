using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Engine;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Spool;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>Messages: list, show, read, and what is done with one or with all that a query selects.</summary>
internal static class MessageEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var messages = v1.MapGroup("/messages").WithTags("Messages");
        messages.MapGet("", ListAsync).WithSummary("Messages that a query selects, queue by queue, in the order of delivery; nobody's work is disturbed");
        messages.MapGet("/{id}", ShowAsync).WithSummary("One message with envelope, attributes and headers");
        messages.MapGet("/{id}/body", BodyAsync).WithSummary("The message's bytes").Produces(200, contentType: "message/rfc822");
        messages.MapPatch("/{id}", ChangeAsync).WithSummary("Change priority or due time, hold or release");
        messages.MapDelete("/{id}", RemoveAsync).WithSummary("Remove one message, without a word to anyone");
        messages.MapPost("/preview", PreviewAsync).WithSummary("What a command would do: how many messages, and the first of them");
        messages.MapPost("/commands", StartAsync)
            .WithSummary("Start a command on all messages that a query selects; dryRun answers with the preview and does nothing");
    }

    private static async Task<Ok<MessagePage>> ListAsync(
        IEngine engine, TimeProvider time, [AsParameters] MessageQueryValues query, int? limit, string? after, CancellationToken cancellationToken)
    {
        var cursor = after is null ? null : MessageCursor.Parse(after) ?? throw Problems.BadRequest("after: give what the page before had as 'next'.");
        var count = QueryValues.Within(limit, "limit", 1, 1_000, 100);
        var page = new List<MessageInfo>();
        string? next = null;
        await foreach (var message in new MessageSelection(engine, query.ToQuery(), time.GetUtcNow()).ReadAsync(cursor, cancellationToken))
        {
            page.Add(message.ToContract());
            if (page.Count < count)
                continue;
            next = query.Id is { Length: > 0 } ? null : MessageCursor.Behind(message, engine.Status(message.Queue)?.Policy.IsFifo == true).ToString();
            break;
        }
        return TypedResults.Ok(new MessagePage(page, next));
    }

    private static async Task<Ok<MessageDetail>> ShowAsync(IEngine engine, string id, CancellationToken cancellationToken) =>
        TypedResults.Ok(await DetailAsync(engine, await FindAsync(engine, id, cancellationToken), cancellationToken));

    private static async Task<FileStreamHttpResult> BodyAsync(IEngine engine, string id, CancellationToken cancellationToken)
    {
        var message = await FindAsync(engine, id, cancellationToken);
        return BodyResult.Of(message, await engine.OpenAsync(message.Content, cancellationToken));
    }

    private static async Task<Ok<MessageDetail>> ChangeAsync(
        HttpContext http, IEngine engine, MessageHand hand, string id, MessageChange change, bool? force, CancellationToken cancellationToken)
    {
        var message = await FindAsync(engine, id, cancellationToken);
        await hand.ChangeAsync(message, change, http.Caller(), force ?? false, cancellationToken);
        return TypedResults.Ok(await DetailAsync(engine, await FindAsync(engine, id, cancellationToken), cancellationToken));
    }

    private static async Task<NoContent> RemoveAsync(
        HttpContext http, IEngine engine, MessageHand hand, string id, bool? force, CancellationToken cancellationToken)
    {
        await hand.RemoveAsync(await FindAsync(engine, id, cancellationToken), http.Caller(), force ?? false, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<MessagePreview>> PreviewAsync(CommandDesk desk, MessageCommand command, CancellationToken cancellationToken) =>
        TypedResults.Ok(await desk.PreviewAsync(command, cancellationToken));

    private static async Task<Results<Accepted<TaskInfo>, Ok<MessagePreview>>> StartAsync(
        HttpContext http, CommandDesk desk, MessageCommand command, bool? dryRun, CancellationToken cancellationToken)
    {
        if (command.DryRun || dryRun == true)
            return TypedResults.Ok(await desk.PreviewAsync(command, cancellationToken));
        var task = await desk.StartAsync(command, http.Caller(), IdempotencyKey.Of(http), cancellationToken);
        return TypedResults.Accepted("/v1/tasks/" + task.Id, task);
    }

    private static async ValueTask<Message> FindAsync(IEngine engine, string id, CancellationToken cancellationToken) =>
        await engine.FindAsync(MessageSelection.ParseId(id), cancellationToken) ?? throw Problems.MessageNotFound(id);

    private static async ValueTask<MessageDetail> DetailAsync(IEngine engine, Message message, CancellationToken cancellationToken) =>
        message.ToDetail(message.IsMail() ? await MessageHeaders.ReadAsync(engine, message, cancellationToken) : HeaderBlock.Empty);
}
