using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Operate.Tls;

/// <summary>
/// The certificate of every door, from PEM files. Looks at the files every half minute and takes a renewed certificate for the next handshake;
/// what cannot be used is logged and the one in use stays.
/// </summary>
/// <remarks>The files' bytes are compared, not their times: certificate clients replace files behind symbolic links, whose times say nothing.</remarks>
public sealed partial class TlsCertificates : IDisposable
{
    private static readonly TimeSpan s_lookPeriod = TimeSpan.FromSeconds(30);

    /// <summary>From when on before its end a certificate is warned of.</summary>
    private static readonly TimeSpan s_expirySoon = TimeSpan.FromDays(14);

    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private byte[] _digest;
    private volatile SslServerAuthenticationOptions _authentication;

    private TlsCertificates(TlsOptions options, Loaded loaded, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _digest = loaded.Digest;
        _authentication = loaded.Authentication;
        WarnOfExpiry(loaded.Certificate);
        _timer = time.CreateTimer(_ => Look(), null, s_lookPeriod, s_lookPeriod);
    }

    /// <summary>What a handshake that begins now is to use.</summary>
    public SslServerAuthenticationOptions Authentication => _authentication;

    /// <summary>Why these files cannot be used; null when they can.</summary>
    public static TlsFault? FaultOf(TlsOptions options) => Load(options).Fault;

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidOperationException">They cannot be used (<see cref="FaultOf"/>).</exception>
    public static TlsCertificates Open(TlsOptions options, TimeProvider time, ILogger<TlsCertificates> logger)
    {
        var (loaded, fault) = Load(options);
        return loaded is not null
            ? new TlsCertificates(options, loaded, time, logger)
            : throw new InvalidOperationException($"tls.{fault!.Key}: {fault.Reason}");
    }

    public void Dispose() => _timer.Dispose();

    private static (Loaded? Loaded, TlsFault? Fault) Load(TlsOptions options)
    {
        if (Read(options.Certificate, out var certificatePem) is { } certificateReason)
            return (null, new TlsFault("certificate", certificateReason));
        if (Read(options.Key, out var keyPem) is { } keyReason)
            return (null, new TlsFault("key", keyReason));
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificatePem);
            if (chain.Count == 0)
                return (null, new TlsFault("certificate", $"{options.Certificate} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"));
        }
        catch (CryptographicException e)
        {
            return (null, new TlsFault("certificate", $"{options.Certificate} is damaged: {e.Message}"));
        }

        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
            return (null, new TlsFault("key", $"{options.Key} is protected by a password; give a key without one (openssl pkey -in … -out …)"));
        try
        {
            var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            // The first certificate is the server's own, what follows is sent along as its chain; nothing is fetched.
            var context = SslStreamCertificateContext.Create(certificate, [.. chain.Skip(1)], offline: true);
            var authentication = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = context,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateRequired = false,
            };
            return (new Loaded(certificate, authentication, Digest(certificatePem, keyPem)), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return (null, new TlsFault("key", $"{options.Key} is no private key (PEM) that belongs to the certificate in {options.Certificate}: {e.Message}"));
        }
    }

    private static string? Read(string path, out string text)
    {
        text = "";
        try
        {
            text = File.ReadAllText(path);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no file {path}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read: {e.Message}";
        }
    }

    private static byte[] Digest(string certificatePem, string keyPem) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(certificatePem + keyPem));

    private void Look()
    {
        // While a renewal is half done, certificate and key do not fit: the next look finds them whole.
        if (Read(_options.Certificate, out var certificatePem) is null && Read(_options.Key, out var keyPem) is null
            && Digest(certificatePem, keyPem).AsSpan().SequenceEqual(_digest))
            return;
        var (loaded, fault) = Load(_options);
        if (loaded is null)
        {
            LogUnusable(fault!.Key, fault.Reason);
            return;
        }

        _authentication = loaded.Authentication;
        _digest = loaded.Digest;
        LogRenewed(loaded.Certificate.Subject, loaded.Certificate.NotAfter.ToUniversalTime());
        WarnOfExpiry(loaded.Certificate);
    }

    private void WarnOfExpiry(X509Certificate2 certificate)
    {
        if (certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime < s_expirySoon)
            LogExpiring(certificate.Subject, certificate.NotAfter.ToUniversalTime());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The renewed certificate of {Subject} is in use; it ends {NotAfter:u}.")]
    private partial void LogRenewed(string subject, DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed certificate cannot be used, the one before stays: tls.{Key}: {Reason}")]
    private partial void LogUnusable(string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of {Subject} ends {NotAfter:u}.")]
    private partial void LogExpiring(string subject, DateTime notAfter);

    private sealed record Loaded(X509Certificate2 Certificate, SslServerAuthenticationOptions Authentication, byte[] Digest);
}
