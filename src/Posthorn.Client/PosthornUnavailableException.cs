namespace Posthorn.Client;

/// <summary>The server could not be reached, or is out of service.</summary>
public sealed class PosthornUnavailableException(string message, Exception? inner = null) : PosthornException(null, "unavailable", message, inner);
