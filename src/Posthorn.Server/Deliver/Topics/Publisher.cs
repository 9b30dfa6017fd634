namespace Posthorn.Server.Deliver.Topics;

/// <summary>Who publishes, and how it reached us.</summary>
/// <param name="Account">The account.</param>
/// <param name="BaseUrl">What links in messages begin with.</param>
/// <param name="AccountNumber">The number in ARNs.</param>
/// <param name="Peer">The peer's address; null when it is not known.</param>
internal sealed record Publisher(string Account, string BaseUrl, string AccountNumber, string? Peer);
