using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Bounces;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>What is passed on where the other side speaks it, and what happens where it does not.</summary>
public sealed class ExtensionTests
{
    private static readonly Lazy<X509Certificate2> s_certificate = new(MakeCertificate);

    [Theory]
    [InlineData("SIZE", "8BITMIME,SIZE 100000", "MAIL FROM:<a@sender.test> SIZE=102 BODY=8BITMIME")]
    [InlineData("nothing", "", "MAIL FROM:<a@sender.test>")]
    public async Task Size_and_body_are_said_where_they_are_understood(string what, string keywords, string mail)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = keywords.Split(',');
        await world.QueueAsync([new Recipient("b@one.test")], with: With(MailAttributes.BodyType, "8bitmime"));
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Single().Sender.ShouldBe(mail.Replace("102", Encoding.UTF8.GetByteCount(OutgoingWorld.Mail).ToString(), StringComparison.Ordinal), what);
        world.One.Mails.Single().Text.ShouldBe(OutgoingWorld.Mail);
    }

    [Theory]
    [InlineData("SIZE 50", null, null, "5.3.4")]
    [InlineData("8BITMIME", MailAttributes.BodyType, "binarymime", "5.6.1")]
    [InlineData("CHUNKING", MailAttributes.BodyType, "binarymime", "5.6.1")]
    [InlineData("8BITMIME", MailAttributes.RequireTls, "1", "5.7.30")]
    [InlineData("REQUIRETLS", MailAttributes.RequireTls, "1", "5.7.30")]
    public async Task What_the_other_side_can_not_take_is_bounced_without_asking(string keywords, string? attribute, string? value, string status)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = keywords.Split(',');
        await world.QueueAsync([new Recipient("b@one.test")], with: attribute is null ? null : With(attribute, value!));
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Commands.ShouldNotContain(c => c.Contains("MAIL", StringComparison.Ordinal));
        (await world.TextAsync(world.Bounces.Single())).ShouldContain($"Status: {status}");
    }

    [Fact]
    public async Task Where_one_exchanger_can_not_keep_tls_to_itself_the_others_are_asked_before_the_mail_is_bounced()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.one.test", "mx.two.test");
        var second = world.Network.Host("mx.two.test");
        await world.QueueAsync([new Recipient("b@two.test")], with: With(MailAttributes.RequireTls, "1"));
        await world.StartAsync();
        await world.EmptyAsync();
        (world.One.Connections, second.Connections).ShouldBe((1, 1));
        world.One.Mails.Concat(second.Mails).ShouldBeEmpty();
        (await world.TextAsync(world.Bounces.Single())).ShouldContain("Status: 5.7.30");
    }

    [Theory]
    [InlineData("jörg@one.test", "Subject: x\r\n\r\ny\r\n", false, "5.6.7")]
    [InlineData("jörg@one.test", "Subject: x\r\n\r\ny\r\n", true, null)]
    [InlineData("b@one.test", "Subject: grüße\r\n\r\ny\r\n", false, "5.6.7")]
    [InlineData("b@one.test", "Subject: grüße\r\n\r\ny\r\n", true, null)]
    [InlineData("b@one.test", "Subject: x\r\n\r\ngrüße\r\n", false, null)]
    public async Task Smtputf8_is_asked_for_only_where_it_is_needed(string recipient, string content, bool isOffered, string? status)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = isOffered ? ["SMTPUTF8", "8BITMIME"] : ["8BITMIME"];
        await world.QueueAsync([new Recipient(recipient)], content: content, with: With(MailAttributes.SmtpUtf8, "1"));
        await world.StartAsync();
        await world.EmptyAsync();
        if (status is not null)
        {
            (await world.TextAsync(world.Bounces.Single())).ShouldContain($"Status: {status}");
            return;
        }

        world.One.Mails.Single().Text.ShouldBe(content);
        world.One.Mails.Single().Sender.EndsWith(" SMTPUTF8", StringComparison.Ordinal).ShouldBe(isOffered);
    }

    [Fact]
    public async Task Dsn_parameters_are_passed_on()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync(
            [new Recipient("b@one.test") { Notify = DsnNotify.Success | DsnNotify.Delay, OriginalRecipient = "rfc822;o+x@y" }, new Recipient("c@one.test") { Notify = DsnNotify.Never }, new Recipient("d@one.test")],
            with: m => m with { Envelope = m.Envelope with { EnvelopeId = "id=1", Return = DsnReturn.Headers } });
        await world.StartAsync();
        await world.EmptyAsync();
        var mail = world.One.Mails.Single();
        mail.Sender.ShouldBe("MAIL FROM:<a@sender.test> RET=HDRS ENVID=id+3D1");
        mail.Recipients.ShouldBe(["RCPT TO:<b@one.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bx@y", "RCPT TO:<c@one.test> NOTIFY=NEVER", "RCPT TO:<d@one.test>"]);
        world.Bounces.ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_dsn_ends_we_tell_of_the_success_that_was_asked_for()
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = ["PIPELINING"];
        await world.QueueAsync([new Recipient("b@one.test") { Notify = DsnNotify.Success, OriginalRecipient = "rfc822;o@y" }, new Recipient("d@one.test")]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Single().Recipients[0].ShouldBe("RCPT TO:<b@one.test>");
        var text = await world.TextAsync(world.Bounces.Single());
        text.ShouldContain("Action: relayed");
        text.ShouldContain("Final-Recipient: rfc822; b@one.test");
        text.ShouldContain("Original-Recipient: rfc822; o@y");
        text.ShouldContain("Status: 2.");
        text.ShouldNotContain("d@one.test");
    }

    [Fact]
    public async Task A_report_of_a_delivery_here_says_so_and_quotes_nobody()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([new Recipient("b@one.test") { Notify = DsnNotify.Success, OriginalRecipient = "rfc822;o@y" }]);
        var mail = world.Outgoing.Single();
        var report = await new BounceWriter(world.Engine, world.Options, world.Time).WriteAsync(
            mail, [new FailedRecipient(mail.Envelope.Recipients[0], new SmtpReply(250, new EnhancedStatusCode(2, 1, 5), "delivered"), null)], DsnAction.Delivered, CancellationToken.None);
        var text = Encoding.UTF8.GetString(report.ShouldNotBeNull().Content.Body.Bytes!.Value.Span);
        text.ShouldContain("Action: delivered");
        text.ShouldContain("Status: 2.1.5");
        text.ShouldContain("Final-Recipient: rfc822; b@one.test");
        text.ShouldContain("Original-Recipient: rfc822; o@y");
        text.ShouldNotContain("Diagnostic-Code");
    }

    [Fact]
    public async Task A_bounce_says_everything_to_people_and_programs()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550-5.1.1 no such user\n550 5.1.1 here" : null;
        await world.QueueAsync([new Recipient("b@one.test") { OriginalRecipient = "rfc822;o@y" }], with: m => m with { Envelope = m.Envelope with { EnvelopeId = "e1" } });
        await world.StartAsync();
        await world.EmptyAsync();
        var bounce = world.Bounces.Single();
        bounce.Envelope.Sender.ShouldBe("");
        bounce.Envelope.Recipients.Single().ShouldBe(new Recipient("a@sender.test") { Notify = DsnNotify.Never }, new SameRecipient());
        bounce.Origin.ShouldBe(world.DeadLetters.Single().Origin);
        var text = await world.TextAsync(bounce);
        foreach (var line in new[]
        {
            "From: Mail Delivery System <MAILER-DAEMON@out.sender.test>", "To: <a@sender.test>", "Auto-Submitted: auto-replied", "In-Reply-To: <1@sender.test>",
            "There is no such address.", "mx.one.test said: 550 5.1.1 no such user / here", "hello there",
            "Reporting-MTA: dns; out.sender.test", "Original-Envelope-Id: e1", "Original-Recipient: rfc822; o@y", "Final-Recipient: rfc822; b@one.test", "Action: failed", "Status: 5.1.1",
            "Remote-MTA: dns; mx.one.test", "Diagnostic-Code: smtp; 550 5.1.1 no such user / here", "text/rfc822-headers", "Message-ID: <1@sender.test>",
        })
            text.ShouldContain(line);
        text.ShouldNotContain(".dot");
    }

    [Theory]
    [InlineData(DsnReturn.Full, true)]
    [InlineData(DsnReturn.Headers, false)]
    [InlineData(DsnReturn.Default, false)]
    public async Task The_whole_mail_comes_back_only_when_its_sender_asked_for_it(DsnReturn what, bool isFull)
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 no" : null;
        await world.QueueAsync([new Recipient("b@one.test")], with: m => m with { Envelope = m.Envelope with { Return = what } });
        await world.StartAsync();
        await world.EmptyAsync();
        (await world.TextAsync(world.Bounces.Single())).Contains(".dot", StringComparison.Ordinal).ShouldBe(isFull);
    }

    [Theory]
    [InlineData(TlsPolicy.Opportunistic, true, true)]
    [InlineData(TlsPolicy.Require, true, true)]
    [InlineData(TlsPolicy.Off, true, false)]
    [InlineData(TlsPolicy.Opportunistic, false, false)]
    [InlineData(TlsPolicy.Require, false, null)]
    [InlineData(TlsPolicy.Verify, true, null)]
    public async Task Tls_is_used_as_the_policy_says(TlsPolicy policy, bool isOffered, bool? isTls)
    {
        await using var world = new OutgoingWorld(o => o with { Tls = policy });
        world.One.Certificate = s_certificate.Value;
        if (isOffered)
            world.One.Keywords = ["STARTTLS", "PIPELINING"];
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        if (isTls is null)
        {
            await world.RestAsync();
            world.Outgoing.Single().LastError.ShouldNotBeNull().ShouldContain("454 4.7.");
            world.One.Mails.ShouldBeEmpty();
            return;
        }

        await world.EmptyAsync();
        world.One.Mails.Single().IsTls.ShouldBe(isTls.Value);
        world.One.Mails.Single().Text.ShouldBe(OutgoingWorld.Mail);
    }

    [Theory]
    [InlineData("454 4.7.0 TLS not available", 1)]
    [InlineData("!drop", 2)]
    [InlineData("!220 go\r\n250 injected", 2)]
    public async Task Opportunistic_tls_that_fails_gives_way_to_none(string answer, int connections)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = ["STARTTLS"];
        world.One.Certificate = s_certificate.Value;
        world.One.Answer = (line, _) => line == "STARTTLS" ? answer : null;
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        if (answer == "!drop")
        {
            // A connection that is lost at STARTTLS is a fault like any other.
            await world.RestAsync();
            world.Outgoing.Single().LastError.ShouldNotBeNull().ShouldContain("STARTTLS");
            return;
        }

        await world.EmptyAsync();
        world.One.Mails.Single().IsTls.ShouldBeFalse();
        world.One.Connections.ShouldBe(connections);
    }

    [Theory]
    [InlineData("PLAIN", "235 2.7.0 ok", true)]
    [InlineData("LOGIN", "235 2.7.0 ok", true)]
    [InlineData("PLAIN", "535 5.7.8 wrong", false)]
    [InlineData("CRAM-MD5", "", false)]
    public async Task A_relay_that_asks_for_a_password_gets_it(string mechanism, string answer, bool isTaken)
    {
        await using var world = new OutgoingWorld(o => o with { Tls = TlsPolicy.Off, Relay = new RelayOptions { Host = "192.0.2.1", Port = 25, User = "me", Password = "secret" } });
        world.One.Keywords = [$"AUTH {mechanism}"];
        var said = new List<string>();
        world.One.Answer = (line, _) =>
        {
            if (line.StartsWith("AUTH", StringComparison.Ordinal) || said.Count is > 0 and < 3)
                said.Add(line);
            return said.Count == 0 || line.StartsWith("MAIL", StringComparison.Ordinal) || line.StartsWith("RCPT", StringComparison.Ordinal) || line == "DATA" || line == "QUIT" ? null
                : mechanism == "LOGIN" && said.Count < 3 ? "334 VXNlcm5hbWU6" : answer;
        };
        await world.QueueAsync("b@anywhere.test");
        await world.StartAsync();
        if (isTaken)
        {
            await world.EmptyAsync();
            said.Take(mechanism == "LOGIN" ? 3 : 1).ShouldBe(mechanism == "LOGIN"
                ? ["AUTH LOGIN", Base64("me"), Base64("secret")]
                : [$"AUTH PLAIN {Base64("\0me\0secret")}"]);
            return;
        }

        await world.RestAsync();
        world.Outgoing.Single().LastError.ShouldNotBeNull().ShouldContain("454 4.7.8 authentication failed");
        world.One.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_password_is_never_sent_in_the_clear_to_another_machine_unless_tls_was_turned_off()
    {
        await using var world = new OutgoingWorld(o => o with { Relay = new RelayOptions { Host = "192.0.2.1", Port = 25, User = "me", Password = "secret" } });
        world.One.Keywords = ["AUTH PLAIN LOGIN"];
        await world.QueueAsync("b@anywhere.test");
        await world.StartAsync();
        await world.RestAsync();
        world.One.Commands.ShouldNotContain(c => c.Contains("AUTH", StringComparison.Ordinal));
    }

    private static Func<NewMessage, NewMessage> With(string attribute, string value) =>
        m => m with { Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [attribute] = value } };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mx.one.test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class SameRecipient : IEqualityComparer<Recipient>
    {
        public bool Equals(Recipient? x, Recipient? y) => (x!.Address, x.Notify) == (y!.Address, y.Notify);

        public int GetHashCode(Recipient recipient) => 0;
    }
}
