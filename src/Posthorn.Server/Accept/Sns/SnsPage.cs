using System.Text;
using Posthorn.Protocols.Sns;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Pages of listings: a hundred elements, and a token that says behind which one the next begins.</summary>
internal static class SnsPage
{
    /// <param name="items">Everything, ordered by key.</param>
    /// <param name="keyOf">An element's key, compared ordinally.</param>
    /// <param name="token">Where to go on; null or empty at the beginning.</param>
    /// <exception cref="Posthorn.Protocols.Aws.AwsException">The token is none.</exception>
    public static (IReadOnlyList<T> Items, string? NextToken) Of<T>(IEnumerable<T> items, Func<T, string> keyOf, string? token)
    {
        var after = token is { Length: > 0 } ? Read(token) : null;
        var page = items.Where(i => after is null || string.CompareOrdinal(keyOf(i), after) > 0).Take(SnsLimits.PageMax + 1).ToList();
        if (page.Count <= SnsLimits.PageMax)
            return (page, null);
        page.RemoveAt(SnsLimits.PageMax);
        return (page, Convert.ToBase64String(Encoding.UTF8.GetBytes(keyOf(page[^1]))));
    }

    private static string Read(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : throw SnsErrors.Invalid("NextToken Reason: Invalid or expired next token");
    }
}
