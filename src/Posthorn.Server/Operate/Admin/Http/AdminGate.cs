using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Client.Contracts;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>
/// Stands before every endpoint of <c>/v1</c>: who is calling, and may they? Before anything is read or bound.
/// Also makes problems of exceptions, and gives endpoints their route values as they were meant (a queue's name may hold a slash).
/// </summary>
internal static class AdminGate
{
    private static readonly object AccountKey = new();

    /// <summary>Puts the gate before all endpoints of a group.</summary>
    public static void Guard(RouteGroupBuilder group) => ((IEndpointConventionBuilder)group).Finally(builder =>
    {
        if (builder.RequestDelegate is not { } endpoint)
            throw new InvalidOperationException($"Endpoint '{builder.DisplayName}' has nothing to guard.");
        // Routing would pass over an endpoint whose content type does not fit, and answer 404; the endpoint itself answers 415.
        foreach (var accepts in builder.Metadata.OfType<IAcceptsMetadata>().ToList())
            builder.Metadata.Remove(accepts);
        var isOpenToAccounts = builder.Metadata.OfType<OpenToAccounts>().Any();
        var pattern = ((RouteEndpointBuilder)builder).RoutePattern;
        builder.RequestDelegate = http => PassAsync(http, endpoint, pattern, isOpenToAccounts);
    });

    /// <summary>Who is calling.</summary>
    public static Account Caller(this HttpContext http) => (Account)http.Items[AccountKey]!;

    /// <summary>Whether the caller may work with a queue.</summary>
    public static bool MayUse(this Account account, QueueName queue) =>
        account.IsAdmin || queue.Value == account.Name || queue.IsBelow(account.Name);

    private static async Task PassAsync(HttpContext http, RequestDelegate endpoint, RoutePattern pattern, bool isOpenToAccounts)
    {
        try
        {
            var account = Identify(http);
            ReadRouteValues(http, pattern);
            if (!account.IsAdmin && !isOpenToAccounts)
                throw Problems.Forbidden($"Account '{account.Name}' is no administrator.");
            if (!account.IsAdmin && http.Request.RouteValues["queue"] is string text && !account.MayUse(ParseQueue(text)))
                throw Problems.Forbidden($"Account '{account.Name}' may use its own queues only: '{account.Name}' and those below '{account.Name}/'.");
            http.Items[AccountKey] = account;
            await endpoint(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null })
                throw Problems.Bare(http.Response.StatusCode);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            await AnswerAsync(http, e);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; nobody is left to be told.
        }
    }

    public static QueueName ParseQueue(string text) =>
        QueueName.TryParse(text, out var name, out var reason) ? name : throw Problems.BadRequest(reason);

    private static Account Identify(HttpContext http)
    {
        var accounts = http.RequestServices.GetRequiredService<IAccounts>();
        if (accounts.IsOpen)
            RefuseOtherSites(http);
        var given = http.Request.Headers.Authorization.ToString();
        return accounts.Verify(given.Length > 0 ? given : BearerProtocol.AuthorizationOf(http.Request)) ?? throw Problems.Unauthorized();
    }

    /// <summary>
    /// Without accounts the loopback address is the only fence, and any web page the operator has open can send requests to it:
    /// under our own name from another origin (forgery), or under a name of its own that resolves to us (DNS rebinding).
    /// </summary>
    private static void RefuseOtherSites(HttpContext http)
    {
        var host = http.Request.Host.Host;
        if (host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !(IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
            throw Problems.Forbidden($"Without accounts the API answers on loopback only, and '{host}' is no such name.");
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"{http.Request.Scheme}://{http.Request.Host}", StringComparison.OrdinalIgnoreCase))
            throw Problems.Forbidden($"Without accounts the API takes no requests from other sites, such as '{origin}'.");
    }

    /// <summary>
    /// The server decodes a path before it is routed but leaves <c>%2F</c> as it is, so <c>spool%2Foutgoing</c> would arrive half decoded.
    /// The values are taken from the request as it was sent.
    /// </summary>
    private static void ReadRouteValues(HttpContext http, RoutePattern pattern)
    {
        if (pattern.Parameters.Count == 0 || http.Features.Get<IHttpRequestFeature>()?.RawTarget is not ['/', ..] target)
            return;
        var end = target.AsSpan().IndexOf('?');
        var segments = (end < 0 ? target : target[..end]).TrimStart('/').Split('/');
        for (var i = 0; i < pattern.PathSegments.Count && i < segments.Length; i++)
            if (pattern.PathSegments[i].Parts is [RoutePatternParameterPart { IsCatchAll: false } parameter])
                http.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(segments[i]);
    }

    private static async Task AnswerAsync(HttpContext http, Exception exception)
    {
        if (Problems.Of(exception) is not { } problem)
        {
            problem = Problems.Internal();
            http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Admin")
                .LogError(exception, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        }
        http.Response.Clear();
        http.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = AuthorizationHeader.Challenge;
        await http.Response.WriteAsJsonAsync(problem, PosthornJson.Default.Problem, "application/problem+json", CancellationToken.None);
    }
}
