namespace Posthorn.Protocols.Smtp.Client;

/// <summary>The other side does not speak SMTP (any more): nothing it says can be relied on, the connection has to be closed.</summary>
public sealed class SmtpProtocolException(string reason) : Exception(reason);
