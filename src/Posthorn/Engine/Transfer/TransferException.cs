namespace Posthorn.Engine.Transfer;

/// <summary>A transfer that cannot be begun or cannot go on; the message says why and what to do. What was moved so far stays for the next attempt.</summary>
public sealed class TransferException(string reason, Exception? inner = null) : Exception(reason, inner);
