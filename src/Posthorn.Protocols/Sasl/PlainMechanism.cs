namespace Posthorn.Protocols.Sasl;

/// <summary>PLAIN (RFC 4616): <c>[authzid] NUL authcid NUL password</c> in one response.</summary>
public sealed class PlainMechanism(ISaslAccounts accounts) : ISaslMechanism
{
    /// <inheritdoc/>
    public SaslStep Begin(ReadOnlyMemory<byte>? initialResponse) =>
        initialResponse is { } response ? Continue(response) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlyMemory<byte> response)
    {
        var span = response.Span;
        var first = span.IndexOf((byte)0);
        var second = first < 0 ? -1 : span[(first + 1)..].IndexOf((byte)0);
        if (second < 0
            || !SaslText.TryDecode(span[..first], out var actAs)
            || !SaslText.TryDecode(span.Slice(first + 1, second), out var name) || name.Length == 0
            || !SaslText.TryDecode(span[(first + second + 2)..], out var password))
            return SaslStep.Failure.Instance;
        // Nobody may act as someone else here.
        return (actAs.Length == 0 || actAs == name) && accounts.Verify(name, password) is { } account
            ? new SaslStep.Success(account)
            : SaslStep.Failure.Instance;
    }
}
