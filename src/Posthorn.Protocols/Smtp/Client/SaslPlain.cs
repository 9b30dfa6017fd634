using System.Text;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>PLAIN (RFC 4616).</summary>
public sealed class SaslPlain(string user, string password) : SaslMechanism
{
    /// <inheritdoc/>
    public override string Name => "PLAIN";

    /// <inheritdoc/>
    public override byte[]? InitialResponse() => Encoding.UTF8.GetBytes($"\0{user}\0{password}");

    /// <inheritdoc/>
    public override byte[] Respond(ReadOnlySpan<byte> challenge) => InitialResponse()!;
}
