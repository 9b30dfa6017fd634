using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>Reads who calls from an HTTP <c>Authorization</c> field: <c>Bearer name:password</c>, or Basic (RFC 7617).</summary>
public static class AuthorizationHeader
{
    /// <summary>What a refused call is told to send (<c>WWW-Authenticate</c>).</summary>
    public const string Challenge = "Basic realm=\"posthorn\", charset=\"UTF-8\"";

    /// <summary>The account of the field's token; null when it fits none. Open: everyone is the admin.</summary>
    public static Account? Verify(this IAccounts accounts, string? field) => accounts.VerifyToken(TryReadToken(field, out var token) ? token : null);

    /// <summary>The token of the field, <c>name:password</c> whichever way it was written.</summary>
    public static bool TryReadToken(string? field, [NotNullWhen(true)] out string? token)
    {
        token = null;
        var space = field?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        if (space < 0)
            return false;
        var scheme = field.AsSpan(0, space);
        var value = field.AsSpan(space + 1).Trim();
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            token = value.ToString();
        }
        else if (scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
        {
            var bytes = new byte[value.Length];
            if (Convert.TryFromBase64Chars(value, bytes, out var length))
                token = Encoding.UTF8.GetString(bytes, 0, length);
        }

        return token is { Length: > 0 };
    }
}
