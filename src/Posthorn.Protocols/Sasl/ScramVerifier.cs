namespace Posthorn.Protocols.Sasl;

/// <summary>What a server keeps to check SCRAM-SHA-256 without the password (RFC 5802 3, RFC 7677).</summary>
/// <param name="Salt">The salt.</param>
/// <param name="Iterations">How often the hash is repeated; RFC 7677 4 asks for 4096 or more.</param>
/// <param name="StoredKey">SHA-256 of the client key.</param>
/// <param name="ServerKey">Proves the server to the client.</param>
public sealed record ScramVerifier(byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey)
{
    /// <summary>The verifier of a password.</summary>
    public static ScramVerifier Of(string password, byte[] salt, int iterations)
    {
        var salted = ScramSha256.Salted(password, salt, iterations);
        return new ScramVerifier(salt, iterations, ScramSha256.StoredKey(ScramSha256.ClientKey(salted)), ScramSha256.ServerKey(salted));
    }
}
