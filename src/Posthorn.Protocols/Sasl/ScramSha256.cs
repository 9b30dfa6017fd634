using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Sasl;

/// <summary>What both sides of SCRAM-SHA-256 compute and how they write names (RFC 5802 3 and 5.1, RFC 7677).</summary>
internal static class ScramSha256
{
    /// <summary>A nonce of 18 random bytes as 24 characters: printable ASCII without commas.</summary>
    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    /// <summary>The password, salted and hashed again and again; its UTF-8 as it is, for SASLprep changes nothing in ASCII.</summary>
    public static byte[] Salted(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

    public static byte[] ClientKey(byte[] salted) => HMACSHA256.HashData(salted, "Client Key"u8);

    public static byte[] ServerKey(byte[] salted) => HMACSHA256.HashData(salted, "Server Key"u8);

    /// <summary>What the server keeps of the client's key.</summary>
    public static byte[] StoredKey(byte[] clientKey) => SHA256.HashData(clientKey);

    /// <summary>The client's proof of its key, and the key again of a proof: the same operation.</summary>
    public static byte[] Proof(byte[] keyOrProof, byte[] storedKey, byte[] authMessage)
    {
        var result = HMACSHA256.HashData(storedKey, authMessage);
        for (var i = 0; i < result.Length; i++)
            result[i] ^= keyOrProof[i];
        return result;
    }

    /// <summary>The server's proof of its key.</summary>
    public static byte[] Signature(byte[] serverKey, byte[] authMessage) => HMACSHA256.HashData(serverKey, authMessage);

    /// <summary>A name as a saslname: comma and equals sign are <c>=2C</c> and <c>=3D</c>.</summary>
    public static string EncodeName(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>A saslname as a name; false when another equals sign stands in it.</summary>
    public static bool TryDecodeName(string encoded, out string name)
    {
        var without = encoded.Replace("=2C", "", StringComparison.Ordinal).Replace("=3D", "", StringComparison.Ordinal);
        name = encoded.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return !without.Contains('=', StringComparison.Ordinal);
    }
}
