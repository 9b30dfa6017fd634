using Posthorn.Contracts;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Tls;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Tls;

public sealed class TlsCertificatesTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-tls-").FullName;

    private TlsOptions Files => new(Path.Combine(_folder, "cert.pem"), Path.Combine(_folder, "key.pem"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_certificate_and_its_chain_are_used()
    {
        var (certificate, key) = Make("mail.example.test");
        var (issuer, _) = Make("issuer.example.test");
        Write(certificate + issuer, key);

        using var certificates = Open();
        var context = certificates.Authentication.ServerCertificateContext!;
        context.TargetCertificate.Subject.ShouldBe("CN=mail.example.test");
        context.TargetCertificate.HasPrivateKey.ShouldBeTrue();
    }

    [Fact]
    public void A_renewed_certificate_is_used_within_half_a_minute()
    {
        var (certificate, key) = Make("old.example.test");
        Write(certificate, key);
        using var certificates = Open();
        (certificate, key) = Make("new.example.test");
        Write(certificate, key);

        _clock.Advance(TimeSpan.FromSeconds(30));
        certificates.Authentication.ServerCertificateContext!.TargetCertificate.Subject.ShouldBe("CN=new.example.test");
    }

    [Fact]
    public void A_half_done_renewal_leaves_the_old_one_in_use_until_it_is_whole()
    {
        var (certificate, key) = Make("old.example.test");
        Write(certificate, key);
        using var certificates = Open();
        var (newCertificate, newKey) = Make("new.example.test");
        Write(newCertificate, key);

        _clock.Advance(TimeSpan.FromSeconds(30));
        certificates.Authentication.ServerCertificateContext!.TargetCertificate.Subject.ShouldBe("CN=old.example.test");
        File.Delete(Files.Key);
        _clock.Advance(TimeSpan.FromSeconds(30));
        certificates.Authentication.ServerCertificateContext!.TargetCertificate.Subject.ShouldBe("CN=old.example.test");
        Write(newCertificate, newKey);
        _clock.Advance(TimeSpan.FromSeconds(30));
        certificates.Authentication.ServerCertificateContext!.TargetCertificate.Subject.ShouldBe("CN=new.example.test");
    }

    [Fact]
    public void What_cannot_be_used_is_told_with_the_file_and_why()
    {
        var (certificate, key) = Make("a.example.test");
        var (_, otherKey) = Make("b.example.test");
        using var rsa = RSA.Create(2048);
        var locked = rsa.ExportEncryptedPkcs8PrivateKeyPem("p", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000));

        FaultOf(null, key).ShouldBe(("certificate", $"there is no file {Files.Certificate}"));
        FaultOf(certificate, null).ShouldBe(("key", $"there is no file {Files.Key}"));
        FaultOf("hello", key).ShouldBe(("certificate", $"{Files.Certificate} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"));
        FaultOf(certificate, otherKey).Reason.ShouldStartWith($"{Files.Key} is no private key (PEM) that belongs to the certificate in {Files.Certificate}: ");
        FaultOf(certificate, "hello").Key.ShouldBe("key");
        FaultOf(certificate, locked).Reason.ShouldStartWith($"{Files.Key} is protected by a password");
        FaultOf("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key).Reason.ShouldStartWith($"{Files.Certificate} is damaged");
        Write(certificate, key);
        TlsCertificates.FaultOf(Files).ShouldBeNull();
    }

    private (string Key, string Reason) FaultOf(string? certificate, string? key)
    {
        File.Delete(Files.Certificate);
        File.Delete(Files.Key);
        if (certificate is not null)
            File.WriteAllText(Files.Certificate, certificate);
        if (key is not null)
            File.WriteAllText(Files.Key, key);
        var fault = TlsCertificates.FaultOf(Files).ShouldNotBeNull();
        return (fault.Key, fault.Reason);
    }

    private TlsCertificates Open() => TlsCertificates.Open(Files, _clock, NullLogger<TlsCertificates>.Instance);

    private void Write(string certificate, string key)
    {
        File.WriteAllText(Files.Certificate, certificate);
        File.WriteAllText(Files.Key, key);
    }

    private static (string Certificate, string Key) Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
