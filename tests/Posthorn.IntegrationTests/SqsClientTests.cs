using System.Security.Cryptography.X509Certificates;

namespace Posthorn.IntegrationTests;

/// <summary>
/// Other people's clients of SQS, unmodified, against the real program: each sends, receives, deletes, in batches, with attributes, delays and visibility,
/// over FIFO queues and dead letters, and is refused what is wrong, as far as it can do these. The scripts check for themselves and count.
/// </summary>
public sealed class SqsClientTests : IAsyncLifetime
{
    private const string Accounts = """
        accounts:
          - { name: billing, password: s3cret, access-key: AKIDBILLING, secret-key: topsecret }
          - { name: admin, password: adm1n, admin: true }
        """;

    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync() => _posthorn = await PosthornProcess.StartAsync("log: { messages: false }");

    public async Task DisposeAsync() => await _posthorn.DisposeAsync();

    [Fact]
    public Task Boto3_works_unmodified() => ClientScript.RunAsync(60, "/usr/bin/python3", ClientScript.PathOf("sqs.py"), Endpoint);

    [Fact]
    public Task The_AWS_command_line_works_unmodified() => ClientScript.RunAsync(14, "sh", ClientScript.PathOf("sqs.sh"), "/usr/bin/aws", Endpoint);

    [Fact]
    public Task The_JavaScript_SDK_and_its_producer_and_consumer_work_unmodified() => ClientScript.RunAsync(27, "node", ClientScript.PathOf("sqs.cjs"), Repository.Tools, Endpoint);

    [Fact]
    public Task A_worker_on_kombu_works_unmodified() => ClientScript.RunAsync(20, "/usr/bin/python3", ClientScript.PathOf("sqs-worker.py"), _posthorn.Listener("http").ToString());

    [Fact]
    public async Task Signed_clients_work_with_their_accounts_key_and_with_no_other()
    {
        await StartWithAccountsAsync();

        await ClientScript.RunAsync(60, "/usr/bin/python3", ClientScript.PathOf("sqs.py"), Endpoint, "AKIDBILLING", "topsecret");
        await ClientScript.RunAsync(27, "node", ClientScript.PathOf("sqs.cjs"), Repository.Tools, Endpoint, "AKIDBILLING", "topsecret");
        await ClientScript.RunAsync(14, "sh", ClientScript.PathOf("sqs.sh"), "/usr/bin/aws", Endpoint, "AKIDBILLING", "topsecret");
        foreach (var (key, secret, code) in new[] { ("AKIDBILLING", "wrong", "SignatureDoesNotMatch"), ("AKIDNOBODY", "topsecret", "InvalidClientTokenId") })
        {
            var refused = await ChildProcess.RunAsync("/usr/bin/python3", [ClientScript.PathOf("sqs.py"), Endpoint, key, secret], within: TimeSpan.FromMinutes(1));
            refused.ExitCode.ShouldNotBe(0);
            refused.Error.ShouldContain(code);
        }
    }

    [Fact]
    public async Task What_was_sent_survives_a_kill_and_old_handles_still_delete()
    {
        await ClientScript.RunAsync(1, "/usr/bin/python3", ClientScript.PathOf("sqs-restart.py"), Endpoint, "before");
        await _posthorn.KillAsync();
        await _posthorn.StartAgainAsync();
        await ClientScript.RunAsync(7, "/usr/bin/python3", ClientScript.PathOf("sqs-restart.py"), Endpoint, "after");
    }

    [Fact]
    public async Task A_mail_is_received_over_SQS_with_its_envelope_and_a_message_of_SQS_by_the_other_doors()
    {
        await using (var talk = await SmtpTalk.ConnectAsync(_posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            (await talk.MailAsync("ann@client.test", ["orders@posthorn.test"], "Subject: 42 boxes\r\nX-Kind: order\r\n\r\nGrüße\r\n"u8.ToArray())).Expect(250);
        }
        await ClientScript.RunAsync(5, "/usr/bin/python3", ClientScript.PathOf("sqs-mail.py"), Endpoint);

        var message = (await _posthorn.Client.ReceiveAsync("from-sqs")).ShouldHaveSingleItem();
        message.Body.ShouldBe("to everybody"u8.ToArray());
        message.Attributes["kind"].Text.ShouldBe("greeting");
    }

    [Fact]
    public async Task A_messages_life_is_found_by_the_id_that_clients_know()
    {
        using var http = new HttpClient();
        var made = await http.GetStringAsync($"{Endpoint}/?Action=CreateQueue&QueueName=traced&Version=2012-11-05");
        made.ShouldContain($"<QueueUrl>{Endpoint}/000000000000/traced</QueueUrl>");
        var sent = await http.GetStringAsync($"{Endpoint}/000000000000/traced?Action=SendMessage&MessageBody=x&Version=2012-11-05");
        var id = System.Xml.Linq.XDocument.Parse(sent).Descendants().Single(e => e.Name.LocalName == "MessageId").Value;
        var trace = await Until.ResultAsync(async () => await _posthorn.RunAsync("trace", id) is { ExitCode: 0 } found ? found : null, "the life is found");
        trace.Output.ShouldContain("accepted");
        trace.Output.ShouldContain("by sqs from account anonymous");
    }

    [Fact]
    public async Task It_is_spoken_over_HTTP_2_within_TLS()
    {
        using var folder = TemporaryFolder.Create();
        var (certificate, key) = Certificates.Write(folder);
        await _posthorn.StopAsync();
        _posthorn.Configure($$"""
            listen: { smtp: off, pop3: off, imap: off, http: 127.0.0.1:0, https: 127.0.0.1:0 }
            tls: { certificate: {{certificate}}, key: {{key}} }
            """);
        await _posthorn.StartAgainAsync();
        using var expected = X509CertificateLoader.LoadCertificateFromFile(certificate);
        var hash = expected.GetCertHashString();
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == hash } };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{_posthorn.Listener("https")}/")
        {
            Content = new StringContent("""{"QueueName":"secure"}"""), Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.CreateQueue");
        using var response = await http.SendAsync(request);
        response.Version.ShouldBe(new Version(2, 0));
        (await response.Content.ReadAsStringAsync()).ShouldBe($$"""{"QueueUrl":"https://{{_posthorn.Listener("https")}}/000000000000/secure"}""");
    }

    private string Endpoint => _posthorn.Http.ToString().TrimEnd('/');

    private async Task StartWithAccountsAsync()
    {
        await _posthorn.StopAsync();
        _posthorn.Configure("log: { messages: false }\n" + Accounts);
        await _posthorn.StartAgainAsync();
    }
}
