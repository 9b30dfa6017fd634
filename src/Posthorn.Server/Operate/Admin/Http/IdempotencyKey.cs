using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>The <c>Idempotency-Key</c> of a request: the same key, of the same caller, to the same resource, within an hour, is the same request.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Longest key, in characters.</summary>
    public const int LengthMax = 100;

    /// <summary>The key made one of its caller's and resource's own; null when the request has none.</summary>
    /// <exception cref="ProblemException">It is empty or too long.</exception>
    public static string? Of(HttpContext http)
    {
        if (!http.Request.Headers.TryGetValue(Header, out var values))
            return null;
        var key = Uri.UnescapeDataString(values.ToString());
        if (key.Length is 0 or > LengthMax)
            throw Problems.BadRequest($"{Header}: 1 to {LengthMax} characters.");
        // Hashed, because account and path may be of any length and the engine takes 128 characters.
        var scope = $"{http.Caller().Name}\n{http.Request.Method} {http.Request.Path}\n{key}";
        return "http:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)));
    }
}
