namespace Posthorn.Server.Operate.Configuration;

/// <summary>The certificate of every door, as PEM files (the chain behind the certificate); read again when they change.</summary>
public sealed record TlsOptions(string Certificate, string Key);
