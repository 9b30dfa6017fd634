namespace Posthorn.Protocols.Sasl.Client;

/// <summary>
/// The client's side of one exchange of a mechanism (RFC 4422 3): challenges in, responses out. Bytes as they are; base64 and the rest of the framing
/// are the protocol's around it.
/// </summary>
public abstract class SaslClient
{
    /// <summary>Its name, one of <see cref="SaslMechanisms"/>.</summary>
    public abstract string Name { get; }

    /// <summary>What is sent with the request itself; null sends nothing there.</summary>
    public abstract byte[]? InitialResponse();

    /// <summary>The answer to a challenge.</summary>
    /// <exception cref="SaslException">The challenge is none of this mechanism, or proves that the server does not know the password.</exception>
    public abstract byte[] Respond(ReadOnlySpan<byte> challenge);

    /// <summary>Asked when the server said yes: whether it proved itself, where the mechanism asks that.</summary>
    public virtual bool IsServerProven => true;

    /// <summary>The best mechanism that both sides have: SCRAM-SHA-256, then PLAIN, then LOGIN; null when there is none.</summary>
    public static SaslClient? Choose(IReadOnlySet<string> offered, string user, string password)
    {
        ArgumentNullException.ThrowIfNull(offered);
        if (offered.Contains(SaslMechanisms.ScramSha256))
            return new ScramSha256Client(user, password, ScramSha256.NewNonce());
        if (offered.Contains(SaslMechanisms.Plain))
            return new PlainClient(user, password);
        return offered.Contains(SaslMechanisms.Login) ? new LoginClient(user, password) : null;
    }
}
