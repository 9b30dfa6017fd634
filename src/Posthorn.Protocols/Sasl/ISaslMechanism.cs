namespace Posthorn.Protocols.Sasl;

/// <summary>
/// The server's side of one exchange of a mechanism (RFC 4422 3): responses in, challenges out. Bytes as they are; base64 and the rest of the framing
/// are the protocol's around it. For one exchange only, which is over with a success or failure.
/// </summary>
public interface ISaslMechanism
{
    /// <summary>Begins the exchange.</summary>
    /// <param name="initialResponse">The client's initial response, which may be empty; null when it sent none.</param>
    SaslStep Begin(ReadOnlyMemory<byte>? initialResponse);

    /// <summary>Takes the response to the last challenge.</summary>
    SaslStep Continue(ReadOnlyMemory<byte> response);
}
