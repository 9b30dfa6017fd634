using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Posthorn.Protocols.Sasl;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>
/// A password as it may stand in the configuration instead of the plain one: <c>SCRAM-SHA-256$iterations:salt$stored-key:server-key</c>,
/// base 64, the form of PostgreSQL and RFC 5803 brought together. It serves PLAIN, LOGIN and SCRAM logins alike.
/// </summary>
public static class PasswordHash
{
    /// <summary>What a hashed password begins with.</summary>
    public const string Prefix = "SCRAM-SHA-256$";

    /// <summary>RFC 7677 4: at least 4096.</summary>
    public const int IterationsMin = 4_096;

    /// <summary>A login that costs more than about a second would be an attack on ourselves.</summary>
    private const int IterationsMax = 1_000_000;

    private const int SaltBytes = 16;

    /// <summary>Whether a configured password is a hash, well-formed or not.</summary>
    public static bool IsHash(string password) => password.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The hash of a password, to be put into a configuration.</summary>
    public static string Create(string password, int iterations = IterationsMin)
    {
        var v = ScramVerifier.Of(password, RandomNumberGenerator.GetBytes(SaltBytes), iterations);
        return $"{Prefix}{v.Iterations}:{Convert.ToBase64String(v.Salt)}${Convert.ToBase64String(v.StoredKey)}:{Convert.ToBase64String(v.ServerKey)}";
    }

    /// <summary>Reads what <see cref="Create"/> wrote.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ScramVerifier? verifier)
    {
        verifier = null;
        if (!IsHash(text) || text[Prefix.Length..].Split(':', '$') is not [var count, var salt, var storedKey, var serverKey])
            return false;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < IterationsMin or > IterationsMax)
            return false;
        if (FromBase64(salt) is not { Length: > 0 } saltBytes || FromBase64(storedKey) is not { Length: 32 } stored || FromBase64(serverKey) is not { Length: 32 } server)
            return false;
        verifier = new ScramVerifier(saltBytes, iterations, stored, server);
        return true;
    }

    private static byte[]? FromBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
