namespace Posthorn.Server.Operate.Accounts;

/// <summary>What a server needs to check SCRAM-SHA-256 without the password (RFC 5802 3, RFC 7677).</summary>
public sealed record ScramCredentials(byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey);
