using System.Text;

namespace Posthorn.Protocols.Sasl.Client;

/// <summary>PLAIN (RFC 4616).</summary>
public sealed class PlainClient(string user, string password) : SaslClient
{
    /// <inheritdoc/>
    public override string Name => SaslMechanisms.Plain;

    /// <inheritdoc/>
    public override byte[]? InitialResponse() => Encoding.UTF8.GetBytes($"\0{user}\0{password}");

    /// <inheritdoc/>
    public override byte[] Respond(ReadOnlySpan<byte> challenge) => InitialResponse()!;
}
