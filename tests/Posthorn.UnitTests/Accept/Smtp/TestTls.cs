using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Server.Connections;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>A certificate, and the client's side of TLS in a dialogue.</summary>
internal static class TestTls
{
    public static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mx.example.test", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public static async Task UpgradeAsync(SmtpClient client, X509Certificate2 expected)
    {
        var tls = new SslStream(new DuplexPipeStream(client.Input, client.Output), leaveInnerStreamOpen: false, (_, certificate, _, _) => expected.Equals(certificate));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mx.example.test", EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 });
        client.Input = PipeReader.Create(tls);
        client.Output = PipeWriter.Create(tls);
    }
}
