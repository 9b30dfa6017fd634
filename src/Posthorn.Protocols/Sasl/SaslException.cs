namespace Posthorn.Protocols.Sasl;

/// <summary>The other side broke off an exchange, said what is none of its mechanism, or did not prove what it has to.</summary>
public sealed class SaslException(string message) : Exception(message);
