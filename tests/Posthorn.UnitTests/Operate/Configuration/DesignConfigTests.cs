using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Configuration;

/// <summary>The configuration of the design page loads as it is written there.</summary>
public sealed class DesignConfigTests : IDisposable
{
    public const string Yaml = """
        data: ./data
        hostname: mail.example.test
        listen: { smtp: 127.0.0.1:2525, pop3: 127.0.0.1:2110, imap: 127.0.0.1:2143, http: 127.0.0.1:9324 }   # or "off"
        tls: { certificate: cert.pem, key: key.pem }
        accounts:
          - { name: billing, password: s3cret, access-key: AKIDBILLING, secret-key: topsecret, quota: 5GB }
          - { name: admin, password: adm1n, admin: true }
        queues:
          invoices: { visibility-timeout: 2m, retention: 14d, max-receives: 5, dead-letter: invoices-dead }
        addresses:                      # which queue a recipient's mail goes to
          mq@example.test: invoices     # also catch-alls: "*@orders.example.test": orders
        pipeline:
          root:
            - if: size > 50MB
              bounce: "552 5.3.4 too large"
            - if: header(X-Kind) == invoice && has-attachment
              set-priority: 7
              copy-to: audit
            - if: recipient-is-local
              deliver: mailbox
            - to: transport
          transport:
            - if: sender-is-authenticated
              deliver: outgoing
            - bounce: "550 5.7.1 relaying denied"     # also: discard: true, hold: true, forward: a@b, delay: 10m, …
        outgoing:
          relay: 127.0.0.1:2626         # absent: MX look-up
          schedule: 10m, 30m, 2h, 4*6h
          concurrency: { first-attempt: 1000, second-attempt: 10, later: 1 }
          per-destination: { connections: 20, messages-per-connection: 100, rate: 1000/min }
          give-up-after: 5d
        aws: { account: "000000000000" }   # in ARNs and queue URLs
        webhooks:
          - { queue: orders, url: "http://127.0.0.1:8080/hook", secret: whsec_…, schedule: "5s, 1m, 10m" }
        """;

    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-config-").FullName;

    public DesignConfigTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=mail.example.test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(File_, Yaml.Replace("whsec_…", Secret, StringComparison.Ordinal));
    }

    private string File_ => Path.Combine(_folder, "posthorn.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_configuration_of_the_design_loads_as_written()
    {
        var options = ConfigLoader.Load(File_, []).Options;

        options.Data.ShouldBe(Path.Combine(_folder, "data"));
        options.Hostname.ShouldBe("mail.example.test");
        options.Listen.Smtp.ShouldBe(new IPEndPoint(IPAddress.Loopback, 2525));
        options.Listen.Pop3.ShouldBe(new IPEndPoint(IPAddress.Loopback, 2110));
        options.Listen.Imap.ShouldBe(new IPEndPoint(IPAddress.Loopback, 2143));
        options.Listen.Http.ShouldBe(new IPEndPoint(IPAddress.Loopback, 9324));
        options.Tls!.Certificate.ShouldBe(Path.Combine(_folder, "cert.pem"));
        options.Accounts.Select(a => (a.Name, a.Password, a.AccessKey, a.SecretKey, a.QuotaBytes, a.IsAdmin)).ShouldBe(
            [("billing", "s3cret", "AKIDBILLING", "topsecret", 5_000_000_000, false), ("admin", "adm1n", null, null, null, true)]);
        var invoices = options.Queues[QueueName.Parse("invoices")];
        invoices.VisibilityTimeout.ShouldBe(TimeSpan.FromMinutes(2));
        invoices.Retention.ShouldBe(TimeSpan.FromDays(14));
        invoices.ReceivesMax.ShouldBe(5);
        invoices.DeadLetterQueue.ShouldBe(QueueName.Parse("invoices-dead"));
        options.Addresses.ShouldHaveSingleItem().Queue.ShouldBe(QueueName.Parse("invoices"));
        options.Pipeline!.Entries.Select(e => e.Key).ShouldBe(["root", "transport"]);
        options.Aws.Account.ShouldBe("000000000000");
        var webhook = options.Webhooks.ShouldHaveSingleItem();
        (webhook.Name, webhook.Queue.Value, webhook.Url.Text, webhook.Secrets.Single().Text, webhook.Schedule.Text, webhook.AllowsPrivate)
            .ShouldBe(("orders", "orders", "http://127.0.0.1:8080/hook", Secret, "5s, 1m, 10m", true));
    }

    [Fact]
    public void The_designs_example_is_taken_without_a_warning() => ConfigLoader.Load(File_, []).Warnings.ShouldBeEmpty();

    [Fact]
    public void Without_a_file_the_doors_are_on_loopback_and_nothing_is_warned_of()
    {
        var loaded = ConfigLoader.Load(file: null, []);

        loaded.Options.Listen.ShouldBe(new ListenOptions());
        loaded.Options.Listen.IsLoopbackOnly.ShouldBeTrue();
        loaded.Options.Data.ShouldBe(Path.GetFullPath("./data"));
        loaded.Warnings.ShouldBeEmpty();
        loaded.Effective.Settings.ShouldBeEmpty();
    }

    [Fact]
    public void The_data_folder_of_the_command_line_wins()
    {
        var loaded = ConfigLoader.Load(File_, [KeyValuePair.Create("POSTHORN__DATA", "/from/environment")], data: "/from/command-line");

        loaded.Options.Data.ShouldBe("/from/command-line");
        loaded.Effective.Settings.Single(s => s.Key == "data").ToString().ShouldBe("data = /from/command-line  (command line --data)");
    }

    [Fact]
    public void The_effective_set_says_where_each_value_is_from_and_masks_secrets()
    {
        var text = ConfigLoader.Load(File_, [KeyValuePair.Create("POSTHORN__OUTGOING__RELAY", "127.0.0.1:2727")]).Effective.ToString();

        text.ShouldContain($"hostname = mail.example.test  ({File_}:2:11)\n");
        text.ShouldContain("outgoing.relay = 127.0.0.1:2727  (environment POSTHORN__OUTGOING__RELAY)\n");
        text.ShouldContain($"accounts[1].password = ********  ({File_}:7:30)\n");
        text.ShouldContain($"pipeline.root[0].if = size > 50MB  ({File_}:14:11)\n");
        foreach (var secret in (string[])["s3cret", "topsecret", "adm1n", "whsec_"])
            text.ShouldNotContain(secret);
    }
}
