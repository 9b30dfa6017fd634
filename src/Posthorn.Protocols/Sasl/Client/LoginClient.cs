using System.Text;

namespace Posthorn.Protocols.Sasl.Client;

/// <summary>LOGIN: never a standard, but the only one of some servers. First the name, then the password, whatever the prompts say.</summary>
public sealed class LoginClient(string user, string password) : SaslClient
{
    private int _step;

    /// <inheritdoc/>
    public override string Name => SaslMechanisms.Login;

    /// <inheritdoc/>
    public override byte[]? InitialResponse() => null;

    /// <inheritdoc/>
    public override byte[] Respond(ReadOnlySpan<byte> challenge) => _step++ switch
    {
        0 => Encoding.UTF8.GetBytes(user),
        1 => Encoding.UTF8.GetBytes(password),
        _ => throw new SaslException("LOGIN asks for more than a name and a password."),
    };
}
