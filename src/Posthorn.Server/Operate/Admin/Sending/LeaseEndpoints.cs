using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.Server.Spool;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>The way out by pulling: lease messages of a queue, then ack, extend or give back by their handles.</summary>
internal static class LeaseEndpoints
{
    /// <summary>Largest body that comes along with a receive, and most bytes of bodies in one answer; others are fetched by their handle.</summary>
    public const int InlineBytesMax = 256 * 1024;

    public const int InlineBytesOfAllMax = 4 * 1024 * 1024;

    /// <summary>Longest reason for giving a message back.</summary>
    private const int ErrorLengthMax = 1_000;

    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan VisibilityMax = TimeSpan.FromHours(12);

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/queues/{queue}/leases", ReceiveAsync).WithTags("Receiving").WithMetadata(OpenToAccounts.Marker)
            .WithSummary("Lease up to 'max' messages; 'wait' (up to 5m) waits for a first one, 'visibility' is how long the leases last");
        var leases = v1.MapGroup("/leases").WithTags("Receiving").WithMetadata(OpenToAccounts.Marker);
        leases.MapGet("/{handle}/body", BodyAsync).WithSummary("A received message's bytes").Produces(200, contentType: "application/octet-stream");
        leases.MapDelete("/{handle}", AckAsync).WithSummary("Ack: the message is done");
        leases.MapPatch("/{handle}", ChangeAsync).WithSummary("Extend a lease, or give the message back");
    }

    private static async Task<Ok<ReceivedMessages>> ReceiveAsync(
        HttpContext http, IEngine engine, ITimeline timeline, TimeProvider time, string queue, int? max, string? wait, string? visibility, string? group,
        CancellationToken cancellationToken)
    {
        var name = AdminGate.ParseQueue(queue);
        if (engine.Status(name) is null)
            throw Problems.QueueNotFound(queue);
        if (name.IsBelow(SpoolQueues.Prefix))
            throw Problems.Conflict("spool-queue", $"'{name}' belongs to the mail path, which takes its messages itself; browse it instead.");
        var request = new LeaseRequest
        {
            MessagesMax = QueryValues.Within(max, "max", 1, 1_000, 1),
            Wait = Up(QueryValues.Duration(wait, "wait") ?? TimeSpan.Zero, WaitMax, "wait"),
            VisibilityTimeout = QueryValues.Duration(visibility, "visibility") is { } timeout ? Up(timeout, VisibilityMax, "visibility") : null,
            Group = group,
        };
        var leased = await engine.LeaseAsync(name, request, cancellationToken);
        var received = new List<ReceivedMessage>(leased.Count);
        var room = InlineBytesOfAllMax;
        foreach (var lease in leased)
        {
            var body = await ReadAsync(engine, lease.Message, room, cancellationToken);
            room -= body?.Length ?? 0;
            received.Add(new ReceivedMessage
            {
                Handle = lease.Handle.ToString(),
                ExpiresAt = lease.ExpiresAt.ToUniversalTime(),
                Message = lease.Message.ToContract(),
                Attributes = lease.Message.AttributesToContract(),
                Body = body,
            });
            timeline.RecordStay(lease, time.GetUtcNow());
            timeline.Record(Event(TimelineKind.Leased, lease.Message, $"by account {http.Caller().Name}, until {lease.ExpiresAt.ToUniversalTime():HH:mm:ss}Z"));
        }
        return TypedResults.Ok(new ReceivedMessages(received));
    }

    private static async Task<FileStreamHttpResult> BodyAsync(HttpContext http, IEngine engine, string handle, CancellationToken cancellationToken)
    {
        var message = await FindAsync(http, engine, Parse(handle), cancellationToken);
        return BodyResult.Of(message, await engine.OpenAsync(message.Content, cancellationToken));
    }

    private static async Task<NoContent> AckAsync(
        HttpContext http, IEngine engine, ITimeline timeline, LeaseWatch watch, string handle, CancellationToken cancellationToken)
    {
        var receipt = Parse(handle);
        var message = await FindAsync(http, engine, receipt, cancellationToken);
        await CommitAsync(engine, new Commit().Remove(receipt), cancellationToken);
        watch.Settled(receipt);
        timeline.Record(Event(TimelineKind.Consumed, message, $"by account {http.Caller().Name}"));
        return TypedResults.NoContent();
    }

    private static async Task<Ok<LeaseInfo>> ChangeAsync(
        HttpContext http, IEngine engine, ITimeline timeline, LeaseWatch watch, string handle, LeaseChange change, CancellationToken cancellationToken)
    {
        var receipt = Parse(handle);
        var message = await FindAsync(http, engine, receipt, cancellationToken);
        switch (change)
        {
            case { Error.Length: > ErrorLengthMax }:
                throw Problems.BadRequest($"error: at most {ErrorLengthMax} characters.");
            case { Visibility: { } visibility, ReleaseAfter: null, Error: null }:
                var expiresAt = await engine.ExtendAsync(receipt, Up(visibility, VisibilityMax, "visibility"), cancellationToken) ?? throw Problems.LeaseEnded();
                watch.Extended(receipt, visibility);
                return TypedResults.Ok(new LeaseInfo(handle, expiresAt.ToUniversalTime()));
            case { Visibility: null, ReleaseAfter: { } delay }:
                var changes = change.Error is { } error ? new Posthorn.Messages.MessageChanges { LastError = error } : null;
                await CommitAsync(engine, new Commit().Release(receipt, delay, changes), cancellationToken);
                watch.Settled(receipt);
                timeline.Record(Event(TimelineKind.Released, message, change.Error is null ? $"by account {http.Caller().Name}" : $"by account {http.Caller().Name}: {change.Error}"));
                return TypedResults.Ok(new LeaseInfo(handle, null));
            default:
                throw Problems.BadRequest("Give visibility (to extend) or releaseAfter (to give back).");
        }
    }

    private static async Task CommitAsync(IEngine engine, Commit commit, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CommitAsync(commit, cancellationToken);
        }
        catch (CommitConflictException)
        {
            throw Problems.LeaseEnded();
        }
    }

    /// <summary>The message of a handle. Whether the handle's lease lasts only the engine can tell, when it is used.</summary>
    private static async ValueTask<Message> FindAsync(HttpContext http, IEngine engine, ReceiptHandle receipt, CancellationToken cancellationToken)
    {
        var message = await engine.FindAsync(receipt.Message, cancellationToken);
        return message is not null && http.Caller().MayUse(message.Queue) ? message : throw Problems.LeaseEnded();
    }

    private static async ValueTask<byte[]?> ReadAsync(IEngine engine, Message message, int room, CancellationToken cancellationToken)
    {
        if (message.Content.Length > Math.Min(room, InlineBytesMax))
            return null;
        try
        {
            var bytes = new byte[message.Content.Length];
            await using var content = await engine.OpenAsync(message.Content, cancellationToken);
            await content.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
        catch (BodyLostException)
        {
            return null; // whoever asks for the body by the handle is told why
        }
    }

    private static ReceiptHandle Parse(string handle) =>
        ReceiptHandle.TryParse(handle, out var receipt) ? receipt : throw Problems.BadRequest($"'{handle}' is no receipt handle.");

    private static TimeSpan Up(TimeSpan value, TimeSpan max, string name) =>
        value <= max ? value : throw Problems.BadRequest($"{name}: at most {max.TotalMinutes:0} minutes.");

    private static TimelineEvent Event(TimelineKind kind, Message message, string detail) =>
        new(kind, message.Id, message.Origin, message.Queue, detail) { IsOfProgram = true };
}
