namespace Posthorn.Protocols.Smtp.Client;

/// <summary>One side of a SASL exchange (RFC 4422) as a client speaks it.</summary>
public abstract class SaslMechanism
{
    /// <summary>Its name in AUTH.</summary>
    public abstract string Name { get; }

    /// <summary>What is sent with AUTH itself; null sends nothing there.</summary>
    public abstract byte[]? InitialResponse();

    /// <summary>The answer to a challenge.</summary>
    /// <exception cref="SmtpProtocolException">The challenge is none of this mechanism, or proves that the server does not know the password.</exception>
    public abstract byte[] Respond(ReadOnlySpan<byte> challenge);

    /// <summary>Called when the server said yes: whether it proved itself, where the mechanism asks that.</summary>
    public virtual bool IsServerProven => true;

    /// <summary>The best mechanism that both sides have: SCRAM-SHA-256, then PLAIN, then LOGIN; null when there is none.</summary>
    public static SaslMechanism? Choose(IReadOnlySet<string> offered, string user, string password, Func<string>? nonce = null)
    {
        ArgumentNullException.ThrowIfNull(offered);
        if (offered.Contains("SCRAM-SHA-256"))
            return new ScramSha256(user, password, nonce);
        if (offered.Contains("PLAIN"))
            return new SaslPlain(user, password);
        return offered.Contains("LOGIN") ? new SaslLogin(user, password) : null;
    }
}
