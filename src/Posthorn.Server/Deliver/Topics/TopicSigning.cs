using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Engine;
using Posthorn.Protocols.Sns.Notifications;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>The key that messages to subscribers are signed with, and its certificate: made once and kept, so that what is on its way stays valid over restarts.</summary>
internal sealed class TopicSigning(IEngine engine, TimeProvider time) : IDisposable
{
    private const string Document = "sns/signing";
    private const int KeyBits = 2_048;
    private const int YearsMax = 10;

    private readonly SemaphoreSlim _opening = new(1);
    private X509Certificate2? _certificate;
    private RSA? _key;

    /// <summary>Signs with the key; the first call of a store makes it, which takes a moment.</summary>
    /// <param name="baseUrl">Where the certificate is to be fetched.</param>
    /// <param name="version"><c>1</c> or <c>2</c>; null is <c>1</c>.</param>
    public async ValueTask<NotificationSigner> SignerAsync(string baseUrl, string? version)
    {
        var certificate = _certificate ?? await OpenAsync();
        return new NotificationSigner(_key!, $"{baseUrl}/{NameOf(certificate)}", version ?? "1");
    }

    /// <summary>The certificate as PEM; null when it has another name.</summary>
    public async ValueTask<string?> CertificateAsync(string name)
    {
        var certificate = _certificate ?? await OpenAsync();
        return NameOf(certificate) == name ? certificate.ExportCertificatePem() : null;
    }

    public void Dispose()
    {
        _opening.Dispose();
        _key?.Dispose();
        _certificate?.Dispose();
    }

    private async ValueTask<X509Certificate2> OpenAsync()
    {
        await _opening.WaitAsync();
        try
        {
            if (_certificate is not null)
                return _certificate;
            var kept = await engine.DocumentAsync(Document, Make, time);
            var certificate = X509CertificateLoader.LoadPkcs12(kept.Span, password: null, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
            _key = certificate.GetRSAPrivateKey() ?? throw new InvalidOperationException($"The document '{Document}' holds no key.");
            return _certificate = certificate;
        }
        finally
        {
            _opening.Release();
        }
    }

    private byte[] Make()
    {
        using var key = RSA.Create(KeyBits);
        var now = time.GetUtcNow();
        using var certificate = new CertificateRequest("CN=sns.amazonaws.com, O=Posthorn", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsMax));
        return certificate.Export(X509ContentType.Pkcs12);
    }

    private static string NameOf(X509Certificate2 certificate) => $"SimpleNotificationService-{certificate.GetCertHashString(HashAlgorithmName.SHA256)[..32].ToLowerInvariant()}.pem";
}
