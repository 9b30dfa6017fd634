using System.Security.Cryptography;

namespace Posthorn.Protocols.Sns.Notifications;

/// <summary>What a message to subscribers is signed with.</summary>
/// <param name="Key">The key.</param>
/// <param name="CertificateUrl">Where its certificate is fetched.</param>
/// <param name="Version"><c>1</c> (SHA-1) or <c>2</c> (SHA-256).</param>
public sealed record NotificationSigner(RSA Key, string CertificateUrl, string Version);
