namespace Posthorn.Protocols.Dns;

/// <summary>The bytes are no DNS message, or one that was made to do harm.</summary>
public sealed class DnsFormatException(string reason) : FormatException(reason);
