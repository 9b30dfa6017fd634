namespace Posthorn.Protocols.Sasl;

/// <summary>
/// LOGIN: asks for the name, then for the password (draft-murchison-sasl-login; never an RFC, but what many programs speak). The initial response,
/// which some clients send, is the name.
/// </summary>
public sealed class LoginMechanism(ISaslAccounts accounts) : ISaslMechanism
{
    private static readonly byte[] s_askName = "Username:"u8.ToArray();
    private static readonly byte[] s_askPassword = "Password:"u8.ToArray();

    private string? _name;

    /// <inheritdoc/>
    public SaslStep Begin(ReadOnlyMemory<byte>? initialResponse) =>
        initialResponse is { Length: > 0 } name ? Continue(name) : new SaslStep.Challenge(s_askName);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlyMemory<byte> response)
    {
        if (!SaslText.TryDecode(response.Span, out var text))
            return SaslStep.Failure.Instance;
        if (_name is not null)
            return accounts.Verify(_name, text) is { } account ? new SaslStep.Success(account) : SaslStep.Failure.Instance;
        if (text.Length == 0)
            return SaslStep.Failure.Instance;
        _name = text;
        return new SaslStep.Challenge(s_askPassword);
    }
}
