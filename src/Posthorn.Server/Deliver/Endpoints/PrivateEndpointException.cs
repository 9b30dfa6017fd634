namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>An endpoint is in a private network, which is not allowed.</summary>
internal sealed class PrivateEndpointException(string host) : IOException($"'{host}' is in a private network or this machine");
