using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Sasl.Client;

/// <summary>SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677): the password does not travel, and the server proves that it knows it too.</summary>
public sealed class ScramSha256Client : SaslClient
{
    private const string Gs2Header = "n,,";
    // A server that asks for more wants to keep us busy; RFC 7677 4 asks for 4,096 at least, large sites use up to some 100,000.
    private const int IterationsMax = 1_000_000;

    private readonly string _password;
    private readonly string _clientFirstBare;
    private readonly string _nonce;
    private byte[]? _serverSignature;
    private bool _isServerProven;

    /// <param name="user">The name.</param>
    /// <param name="password">The password.</param>
    /// <param name="nonce">Our part of the nonce: printable ASCII without commas, another one for each exchange, from a secure source.</param>
    public ScramSha256Client(string user, string password, string nonce)
    {
        ArgumentNullException.ThrowIfNull(user);
        _password = password;
        _nonce = nonce;
        _clientFirstBare = $"n={ScramSha256.EncodeName(user)},r={_nonce}";
    }

    /// <inheritdoc/>
    public override string Name => SaslMechanisms.ScramSha256;

    /// <inheritdoc/>
    public override bool IsServerProven => _isServerProven;

    /// <inheritdoc/>
    public override byte[]? InitialResponse() => Encoding.UTF8.GetBytes(Gs2Header + _clientFirstBare);

    /// <inheritdoc/>
    public override byte[] Respond(ReadOnlySpan<byte> challenge)
    {
        var text = Encoding.UTF8.GetString(challenge);
        return _serverSignature is null ? ClientFinal(text) : CheckServerFinal(text);
    }

    private byte[] ClientFinal(string serverFirst)
    {
        var parts = serverFirst.Split(',');
        var nonce = Value(parts, 0, "r=");
        byte[] salt;
        try
        {
            salt = Convert.FromBase64String(Value(parts, 1, "s="));
        }
        catch (FormatException)
        {
            throw new SaslException("The salt of SCRAM is no base 64.");
        }

        if (!int.TryParse(Value(parts, 2, "i="), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > IterationsMax)
            throw new SaslException($"The iteration count of SCRAM is not from 1 to {IterationsMax}.");
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
            throw new SaslException("The nonce of SCRAM does not continue ours.");

        var salted = ScramSha256.Salted(_password, salt, iterations);
        var clientKey = ScramSha256.ClientKey(salted);
        var withoutProof = $"c={Convert.ToBase64String(Encoding.UTF8.GetBytes(Gs2Header))},r={nonce}";
        var authMessage = Encoding.UTF8.GetBytes($"{_clientFirstBare},{serverFirst},{withoutProof}");
        var proof = ScramSha256.Proof(clientKey, ScramSha256.StoredKey(clientKey), authMessage);
        _serverSignature = ScramSha256.Signature(ScramSha256.ServerKey(salted), authMessage);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    private byte[] CheckServerFinal(string serverFinal)
    {
        var parts = serverFinal.Split(',');
        if (parts[0].StartsWith("e=", StringComparison.Ordinal))
            throw new SaslException($"The server refuses SCRAM: {parts[0][2..]}.");
        var expected = Convert.ToBase64String(_serverSignature!);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Value(parts, 0, "v=")), Encoding.UTF8.GetBytes(expected)))
            throw new SaslException("The server does not know the password: its SCRAM signature is wrong.");
        _isServerProven = true;
        return [];
    }

    private static string Value(string[] parts, int index, string prefix) =>
        index < parts.Length && parts[index].StartsWith(prefix, StringComparison.Ordinal)
            ? parts[index][prefix.Length..]
            : throw new SaslException($"SCRAM misses {prefix[..1]} where it belongs.");
}
