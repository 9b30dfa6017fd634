using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Sasl;

/// <summary>SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, without channel binding.</summary>
/// <remarks>
/// Four messages: client-first, server-first (nonce, salt, iterations), client-final (proof), server-final (the server's own proof), which the client
/// acknowledges with an empty response, since our protocols carry no data with their success.
/// </remarks>
/// <param name="accounts">The accounts.</param>
/// <param name="serverNonce">Our part of the nonce: printable ASCII without commas, another one for each exchange, from a secure source.</param>
public sealed class ScramSha256Mechanism(ISaslAccounts accounts, string serverNonce) : ISaslMechanism
{
    private State _state = State.ClientFirst;
    private ScramVerifier? _verifier;
    private string _name = "";
    private string _gs2Header = "";
    private string _nonce = "";
    private string _authMessage = "";

    private enum State
    {
        ClientFirst,
        ClientFinal,
        Acknowledgement,
        Over,
    }

    /// <inheritdoc/>
    public SaslStep Begin(ReadOnlyMemory<byte>? initialResponse) =>
        initialResponse is { } response ? Continue(response) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlyMemory<byte> response)
    {
        var state = _state;
        _state = State.Over; // unless a step below says otherwise
        if (!SaslText.TryDecode(response.Span, out var message))
            return SaslStep.Failure.Instance;
        return state switch
        {
            State.ClientFirst => ClientFirst(message),
            State.ClientFinal => ClientFinal(message),
            State.Acknowledgement when message.Length == 0 => new SaslStep.Success(_name),
            _ => SaslStep.Failure.Instance,
        };
    }

    /// <summary><c>gs2-cbind-flag "," [ "a=" authzid ] "," "n=" name ",r=" nonce [extensions]</c>.</summary>
    private SaslStep ClientFirst(string message)
    {
        var parts = message.Split(',');
        // "y": the client could bind channels and thinks that we cannot, which is so. "p": it insists. "m=": a mandatory extension, of which we know none.
        if (parts.Length < 4 || parts[0] is not ("n" or "y")
            || !TryName(parts[2], "n=", out var name) || name.Length == 0
            || !(parts[1].Length == 0 || (TryName(parts[1], "a=", out var actAs) && actAs == name))
            || !parts[3].StartsWith("r=", StringComparison.Ordinal) || parts[3].Length == 2
            || accounts.Scram(name) is not { } verifier)
            return SaslStep.Failure.Instance;
        _name = name;
        _verifier = verifier;
        _gs2Header = $"{parts[0]},{parts[1]},";
        _nonce = parts[3][2..] + serverNonce;
        var serverFirst = $"r={_nonce},s={Convert.ToBase64String(verifier.Salt)},i={verifier.Iterations}";
        _authMessage = $"{message[_gs2Header.Length..]},{serverFirst}";
        _state = State.ClientFinal;
        return new SaslStep.Challenge(Encoding.UTF8.GetBytes(serverFirst));
    }

    /// <summary><c>"c=" base64(gs2-header) ",r=" nonce [extensions] ",p=" base64(proof)</c>.</summary>
    private SaslStep ClientFinal(string message)
    {
        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0)
            return SaslStep.Failure.Instance;
        var parts = message[..proofAt].Split(',');
        var proof = new byte[SHA256.HashSizeInBytes];
        if (parts.Length < 2
            || parts[0] != $"c={Convert.ToBase64String(Encoding.UTF8.GetBytes(_gs2Header))}"
            || parts[1] != $"r={_nonce}"
            || !Convert.TryFromBase64String(message[(proofAt + 3)..], proof, out var length) || length != proof.Length)
            return SaslStep.Failure.Instance;
        var authMessage = Encoding.UTF8.GetBytes($"{_authMessage},{message[..proofAt]}");
        var clientKey = ScramSha256.Proof(proof, _verifier!.StoredKey, authMessage); // if the proof is one
        if (!CryptographicOperations.FixedTimeEquals(ScramSha256.StoredKey(clientKey), _verifier.StoredKey))
            return SaslStep.Failure.Instance;
        _state = State.Acknowledgement;
        return new SaslStep.Challenge(Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(ScramSha256.Signature(_verifier.ServerKey, authMessage))}"));
    }

    private static bool TryName(string part, string prefix, out string name)
    {
        name = "";
        return part.StartsWith(prefix, StringComparison.Ordinal) && ScramSha256.TryDecodeName(part[prefix.Length..], out name);
    }
}
