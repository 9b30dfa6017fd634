using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebSockets;
using Posthorn.Queues;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Retrieve.Streams.Events;
using Posthorn.Server.Retrieve.Streams.WebSockets;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>The way out by being pushed: <c>GET /v1/queues/{queue}/stream</c>, a WebSocket or server-sent events, whichever the client asks for.</summary>
internal static class StreamEndpoint
{
    /// <summary>The WebSocket's subprotocol: the frames' version.</summary>
    public const string Protocol = "posthorn.v1";

    private const string Pattern = "/queues/{queue}/stream";
    private const string EventStreamType = "text/event-stream";

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet(Pattern, OpenAsync).WithTags("Receiving").WithMetadata(OpenToAccounts.Marker)
            .WithSummary("Messages as they come: a WebSocket (subprotocol posthorn.v1), or server-sent events for 'Accept: text/event-stream'")
            .Produces(StatusCodes.Status101SwitchingProtocols).Produces(StatusCodes.Status200OK, contentType: EventStreamType);
        // How a WebSocket is asked for over HTTP/2 (RFC 8441).
        v1.MapMethods(Pattern, [HttpMethods.Connect], OpenAsync).WithMetadata(OpenToAccounts.Marker).ExcludeFromDescription();
    }

    private static async Task OpenAsync(
        HttpContext http, StreamContext context, WebSocketMiddleware upgrade, string queue, int? prefetch, string? visibility, string? renewFor, string? group,
        string? ack)
    {
        var name = AdminGate.ParseQueue(queue);
        var status = context.Engine.Status(name) ?? throw Problems.QueueNotFound(queue);
        if (name.IsBelow(SpoolQueues.Prefix))
            throw Problems.Conflict("spool-queue", $"'{name}' belongs to the mail path, which takes its messages itself; browse it instead.");
        RefuseOtherSites(http.Request);
        await upgrade.Invoke(http); // makes the request one that can become a WebSocket; whoever asks for none pays nothing for it
        var isWebSocket = http.WebSockets.IsWebSocketRequest;
        if (!isWebSocket && !http.Request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals(EventStreamType, StringComparison.OrdinalIgnoreCase)))
            throw Problems.NotAcceptable($"A stream is a WebSocket, or server-sent events: ask for an upgrade, or say 'Accept: {EventStreamType}'.");
        var request = new StreamRequest(name, http.Caller())
        {
            Group = group,
            Visibility = Visibility(visibility, status.Policy, context.Limits),
            RenewFor = Between(renewFor, "renewFor", TimeSpan.Zero, context.Limits.RenewForMax) ?? context.Limits.RenewForMax,
            Prefetch = prefetch is null ? null : QueryValues.Within(prefetch, "prefetch", 1, context.Limits.CreditsMax, 1),
            AcksItself = AcksItself(ack, isWebSocket),
        };
        if (!context.Metrics.TryOpen(context.Limits.StreamsMax))
            throw Problems.TooMany($"{context.Limits.StreamsMax} streams are open; that is as many as there may be.");
        try
        {
            StreamLog.Opened(context.Logger, request.Caller.Name, name, isWebSocket ? "WebSocket" : "events");
            if (isWebSocket)
                await RunWebSocketAsync(http, context, request);
            else
                await RunEventsAsync(http, context, request);
        }
        finally
        {
            context.Metrics.Close();
        }
    }

    private static async Task RunWebSocketAsync(HttpContext http, StreamContext context, StreamRequest request)
    {
        var offered = http.WebSockets.WebSocketRequestedProtocols;
        if (offered.Count > 0 && !offered.Contains(Protocol))
            throw Problems.BadRequest($"Sec-WebSocket-Protocol: the server speaks {Protocol}.");
        var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = offered.Count > 0 ? Protocol : null,
            KeepAliveInterval = context.Limits.PingInterval,
            KeepAliveTimeout = context.Limits.PingTimeout,
        });
        await using var stream = new WebSocketSession(context, request, socket);
        await stream.RunAsync();
    }

    private static async Task RunEventsAsync(HttpContext http, StreamContext context, StreamRequest request)
    {
        await using var stream = new EventSession(context, request, http);
        await stream.RunAsync();
    }

    /// <summary>
    /// A browser adds name and password of its own accord (Basic) to what a page of another site asks for, and no rule of browsers keeps such a page from
    /// reading a WebSocket. A token that the page itself has is its own right.
    /// </summary>
    private static void RefuseOtherSites(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            && request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            throw Problems.Forbidden($"A page of '{origin}' may not use what the browser knows of this site; give it a token.");
    }

    private static TimeSpan Visibility(string? text, QueuePolicy policy, StreamLimits limits) =>
        Between(text, "visibility", limits.VisibilityMin, limits.VisibilityMax)
        ?? (policy.VisibilityTimeout < limits.VisibilityMin ? limits.VisibilityMin : policy.VisibilityTimeout);

    private static TimeSpan? Between(string? text, string name, TimeSpan min, TimeSpan max) => QueryValues.Duration(text, name) switch
    {
        null => null,
        { } value when value >= min && value <= max => value,
        _ => throw Problems.BadRequest($"{name}: {min.TotalSeconds:0} s to {max.TotalHours:0} h."),
    };

    private static bool AcksItself(string? text, bool isWebSocket) => text switch
    {
        null or "manual" => false,
        "auto" when !isWebSocket => true,
        "auto" => throw Problems.BadRequest("ack: 'auto' is for server-sent events; over a WebSocket the client acks."),
        _ => throw Problems.BadRequest($"ack: '{text}' is none of manual, auto."),
    };
}
