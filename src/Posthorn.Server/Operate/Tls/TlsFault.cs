namespace Posthorn.Server.Operate.Tls;

/// <summary>Why a certificate cannot be used.</summary>
/// <param name="Key">The key of the file to blame below <c>tls</c>: <c>certificate</c> or <c>key</c>.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record TlsFault(string Key, string Reason);
