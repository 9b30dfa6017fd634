using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>
/// A token as a subprotocol of a WebSocket, <c>posthorn.bearer.</c> and the base64url of <c>name:password</c>: browsers let a page set no other field
/// of the request. (Kubernetes does the same.)
/// </summary>
internal static class BearerProtocol
{
    private const string Prefix = "posthorn.bearer.";

    /// <summary>The <c>Authorization</c> it stands for; null when the request has none.</summary>
    public static string? AuthorizationOf(HttpRequest request)
    {
        foreach (var name in request.Headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol"))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var text = name.AsSpan(Prefix.Length);
            return Base64Url.IsValid(text) ? "Bearer " + Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)) : null;
        }
        return null;
    }
}
