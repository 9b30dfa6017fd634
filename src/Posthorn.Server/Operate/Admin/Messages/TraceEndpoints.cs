using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Tracing;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>The life of a message, also of one that is long gone.</summary>
internal static class TraceEndpoints
{
    public static void Map(RouteGroupBuilder v1) => v1.MapGet("/trace", TraceAsync).WithTags("Trace")
        .WithSummary("Every event in the life of a message: by its id, a Message-ID, or a recipient (the latest mails)");

    private static async Task<Ok<Trace>> TraceAsync(
        ITimelineStore timeline, string? id, string? messageId, string? recipient, int? limit, CancellationToken cancellationToken)
    {
        if (new[] { id, messageId, recipient }.Count(v => !string.IsNullOrEmpty(v)) != 1)
            throw Problems.BadRequest("Give one of id, messageId and recipient.");
        var query = new TimelineQuery
        {
            Message = id is null ? null : MessageSelection.ParseId(id),
            MessageIdField = messageId,
            Address = recipient,
            Limit = QueryValues.Within(limit, "limit", 1, 10_000, 1_000),
        };
        var events = await timeline.QueryAsync(query, cancellationToken);
        return TypedResults.Ok(new Trace([.. events.Select(ToContract)]));
    }

    private static TraceEvent ToContract(RecordedEvent recorded) => new()
    {
        At = recorded.At.ToUniversalTime(),
        Kind = QueryValues.Kebab(recorded.Event.Kind.ToString()),
        Message = recorded.Event.Message.ToString(),
        Origin = recorded.Event.Origin.ToString(),
        Queue = recorded.Event.Queue,
        Detail = recorded.Event.Detail,
        Peer = recorded.Event.Peer,
        Node = recorded.Event.Node,
        Sender = recorded.Event.Sender,
        Recipients = recorded.Event.Recipients,
        MessageId = recorded.Event.MessageIdField,
    };
}
