using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Operate.Health;

/// <summary><c>/healthz</c> and <c>/metrics</c>.</summary>
/// <remarks>
/// Anyone may learn whether the server is well, in one bland word. Reasons, listeners and figures (a queue's name may be a person's) are for calls
/// from this machine and for administrators.
/// </remarks>
public static partial class OperatorEndpoints
{
    public static void MapOperatorEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", ShowHealthAsync);
        endpoints.MapGet("/metrics", ShowMetricsAsync);
    }

    private static Task ShowHealthAsync(HttpContext http, HealthCheck health, IAccounts accounts)
    {
        var report = health.Report();
        http.Response.StatusCode = report.IsServing ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.CacheControl = "no-store";
        if (http.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase) && MaySeeAll(http, accounts))
            return http.Response.WriteAsJsonAsync(report, HealthJson.Default.HealthReport);
        http.Response.ContentType = "text/plain";
        return http.Response.WriteAsync(report.IsServing ? "ok\n" : "unavailable\n");
    }

    private static Task ShowMetricsAsync(HttpContext http, MetricsExporter metrics, IAccounts accounts)
    {
        if (!MaySeeAll(http, accounts))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = AuthorizationHeader.Challenge;
            return Task.CompletedTask;
        }

        http.Response.ContentType = PrometheusText.ContentType;
        return http.Response.WriteAsync(metrics.Export());
    }

    private static bool MaySeeAll(HttpContext http, IAccounts accounts) =>
        IsFromHere(http) || (!accounts.IsOpen && accounts.Verify(http.Request.Headers.Authorization) is { IsAdmin: true });

    // By its address and by the name it was called: a page in a browser here may reach us under a name of its own (DNS rebinding).
    private static bool IsFromHere(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer)
        && (http.Request.Host.Host is "" or "localhost" || (IPAddress.TryParse(http.Request.Host.Host.Trim('[', ']'), out var host) && IPAddress.IsLoopback(host)));

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
    [JsonSerializable(typeof(HealthReport))]
    private sealed partial class HealthJson : JsonSerializerContext;
}
