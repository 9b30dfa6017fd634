using Microsoft.AspNetCore.Http;

namespace Posthorn.Server.Accept.Aws;

/// <summary>
/// Where a client reached us, to be put in front of URLs: never where we listen, since some clients send to the URL of a queue as they were told it, and
/// whoever gets a link must be able to follow it.
/// </summary>
internal static class BaseUrl
{
    public static string Of(HttpRequest request)
    {
        var host = request.Headers["X-Forwarded-Host"].ToString() is { Length: > 0 } forwarded ? forwarded.Split(',')[0].Trim() : request.Host.Value;
        var scheme = request.Headers["X-Forwarded-Proto"].ToString() is { Length: > 0 } proto ? proto.Split(',')[0].Trim() : request.Scheme;
        return $"{scheme}://{(string.IsNullOrEmpty(host) ? "localhost" : host)}";
    }
}
