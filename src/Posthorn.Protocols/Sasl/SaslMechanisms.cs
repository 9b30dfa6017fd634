namespace Posthorn.Protocols.Sasl;

/// <summary>The mechanisms by name.</summary>
public static class SaslMechanisms
{
    /// <summary>PLAIN.</summary>
    public const string Plain = "PLAIN";

    /// <summary>LOGIN.</summary>
    public const string Login = "LOGIN";

    /// <summary>SCRAM-SHA-256.</summary>
    public const string ScramSha256 = "SCRAM-SHA-256";

    /// <summary>Whether the mechanism sends the password itself, so that it needs an encrypted connection.</summary>
    public static bool SendsPassword(string name) => name is Plain or Login;

    /// <summary>What a server offers a client, in the order in which it names them.</summary>
    /// <param name="maySendPassword">Whether those that send the password itself may be used on this connection.</param>
    /// <param name="hasScram">Whether the passwords are known, which SCRAM needs.</param>
    public static IEnumerable<string> Offered(bool maySendPassword, bool hasScram)
    {
        if (maySendPassword)
        {
            yield return Plain;
            yield return Login;
        }
        if (hasScram)
            yield return ScramSha256;
    }

    /// <summary>Begins a server's side of an exchange; null when there is no such mechanism. Names are in upper case (RFC 4422 3.1).</summary>
    public static ISaslMechanism? Create(string name, ISaslAccounts accounts) => name switch
    {
        Plain => new PlainMechanism(accounts),
        Login => new LoginMechanism(accounts),
        ScramSha256 => new ScramSha256Mechanism(accounts, Sasl.ScramSha256.NewNonce()),
        _ => null,
    };
}
