namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>The handshake failed.</summary>
internal sealed class TlsFailedException(Exception cause) : Exception(cause.Message, cause);
