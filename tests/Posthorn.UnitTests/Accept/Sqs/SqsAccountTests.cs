using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Aws.Signing;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>Who may what, by the signature of the request.</summary>
public sealed class SqsAccountTests
{
    private static readonly AccountOptions[] s_accounts =
    [
        new() { Name = "billing", AccessKey = "AKIDBILLING", SecretKey = "topsecret" },
        new() { Name = "shipping", AccessKey = "AKIDSHIPPING", SecretKey = "othersecret" },
        new() { Name = "admin", AccessKey = "AKIDADMIN", SecretKey = "adminsecret", IsAdmin = true },
        new() { Name = "person", Password = "p" },
    ];

    [Fact]
    public async Task A_request_is_taken_from_who_signed_it()
    {
        await using var host = await SqsHost.StartAsync(s_accounts);
        (await SayAsync(host, "AKIDBILLING", "topsecret", "CreateQueue", """{"QueueName":"orders"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await SayAsync(host, "AKIDBILLING", "topsecret", "SendMessage", """{"QueueUrl":"orders","MessageBody":"Grüße"}""")).Status.ShouldBe(HttpStatusCode.OK);
        var received = await SayAsync(host, "AKIDADMIN", "adminsecret", "ReceiveMessage", """{"QueueUrl":"orders","AttributeNames":["SenderId"]}""");
        received.Text.ShouldContain("\"SenderId\":\"billing\"");

        foreach (var (key, secret, code) in new[] { ("AKIDBILLING", "wrong", "SignatureDoesNotMatch"), ("AKIDNOBODY", "topsecret", "InvalidClientTokenId"), ("AKIDSHIPPING", "topsecret", "SignatureDoesNotMatch") })
        {
            var refused = await SayAsync(host, key, secret, "ListQueues", "{}");
            (refused.Status, refused.Text.Contains(code)).ShouldBe((HttpStatusCode.BadRequest, true), code);
        }
        (await host.SayAsync("ListQueues", "{}")).Code.ShouldBe("MissingAuthenticationToken");
        ((int)(await host.PostFormAsync("Action=ListQueues")).Status).ShouldBe(403);
        host.Advance(901);
        (await SayAsync(host, "AKIDBILLING", "topsecret", "ListQueues", "{}", signedAt: host.Time.GetUtcNow().AddSeconds(-901))).Text.ShouldContain("Signature expired");
    }

    [Fact]
    public async Task A_body_that_was_changed_on_the_way_is_refused()
    {
        await using var host = await SqsHost.StartAsync(s_accounts);
        await SayAsync(host, "AKIDBILLING", "topsecret", "CreateQueue", """{"QueueName":"orders"}""");
        var changed = await SayAsync(host, "AKIDBILLING", "topsecret", "SendMessage", """{"QueueUrl":"orders","MessageBody":"x"}""", sent: """{"QueueUrl":"orders","MessageBody":"y"}""");
        changed.Text.ShouldContain("SignatureDoesNotMatch");
        host.Status("orders")!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_presigned_URL_is_good_for_its_time()
    {
        await using var host = await SqsHost.StartAsync(s_accounts);
        await SayAsync(host, "AKIDBILLING", "topsecret", "CreateQueue", """{"QueueName":"orders"}""");
        var url = Presigned(host, "/000000000000/orders", "Action=SendMessage&MessageBody=hello%20you&Version=2012-11-05", 60);
        (await host.GetAsync(url)).Code.ShouldBeNull();
        (await host.GetAsync(url.Replace("hello", "bye", StringComparison.Ordinal))).Code.ShouldBe("SignatureDoesNotMatch");
        host.Advance(61);
        (await host.GetAsync(url)).Code.ShouldBe("SignatureDoesNotMatch");
        host.Status("orders")!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Another_accounts_mailbox_is_not_seen_and_not_touched()
    {
        await using var host = await SqsHost.StartAsync(s_accounts);
        foreach (var name in new[] { "billing", "shipping", "person", "person/Archive", "orders" })
            await host.Engine.CommitAsync(new Posthorn.Commits.Commit().Add(new NewMessage { Queue = QueueName.Parse(name), Content = Posthorn.Bodies.Body.Of("x"u8.ToArray()) }));

        async Task<string> TryAsync(string key, string secret, string url) =>
            (await SayAsync(host, key, secret, "ReceiveMessage", $$"""{"QueueUrl":"{{url}}","VisibilityTimeout":0}""")).Text;
        (await TryAsync("AKIDBILLING", "topsecret", "billing")).ShouldContain("\"Body\":\"x\"");
        (await TryAsync("AKIDBILLING", "topsecret", "orders")).ShouldContain("\"Body\":\"x\"");
        foreach (var foreign in new[] { "shipping", "person", "person%2FArchive" })
        {
            (await TryAsync("AKIDBILLING", "topsecret", foreign)).ShouldContain("AccessDenied");
            (await TryAsync("AKIDADMIN", "adminsecret", foreign)).ShouldContain("\"Body\":\"x\"");
        }
        var listed = (await SayAsync(host, "AKIDBILLING", "topsecret", "ListQueues", "{}")).Text;
        (listed.Contains("/orders"), listed.Contains("/billing"), listed.Contains("/person"), listed.Contains("/shipping")).ShouldBe((true, true, false, false));
        (await SayAsync(host, "AKIDBILLING", "topsecret", "DeleteQueue", """{"QueueUrl":"person"}""")).Text.ShouldContain("AccessDenied");
        (await SayAsync(host, "AKIDBILLING", "topsecret", "CreateQueue", """{"QueueName":"admin"}""")).Text.ShouldContain("AccessDenied");
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", "AccessDenied")]
    [InlineData("Host", "evil.example", "AccessDenied")]
    [InlineData("Sec-Fetch-Site", "cross-site", "AccessDenied")]
    [InlineData("Sec-Fetch-Site", "none", null)]
    [InlineData("Host", "sqs.eu-west-1.localhost:9324", null)]
    public async Task Without_accounts_other_sites_cannot_use_the_operators_browser(string header, string value, string? code)
    {
        await using var host = await SqsHost.StartAsync();
        var request = new HttpRequestMessage(HttpMethod.Post, host.Address) { Content = new StringContent("Action=ListQueues") };
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await host.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        (response.IsSuccessStatusCode, text.Contains("AccessDenied")).ShouldBe((code is null, code is not null), text);
    }

    private static async Task<(HttpStatusCode Status, string Text)> SayAsync(
        SqsHost host, string key, string secret, string action, string json, DateTimeOffset? signedAt = null, string? sent = null)
    {
        var time = (signedAt ?? host.Time.GetUtcNow()).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var fields = new Dictionary<string, string> { ["host"] = host.Address.Authority, ["x-amz-date"] = time, ["x-amz-target"] = "AmazonSQS." + action };
        var scope = $"{time[..8]}/eu-west-1/sqs/aws4_request";
        string[] signed = ["host", "x-amz-date", "x-amz-target"];
        var request = new SignedRequest("POST", "/", "", name => fields.GetValueOrDefault(name), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))));
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SignatureV4.CanonicalRequest(request, signed))))}";
        var message = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(sent ?? json, Encoding.UTF8) };
        foreach (var (name, value) in fields.Where(f => f.Key != "host"))
            message.Headers.TryAddWithoutValidation(name, value);
        message.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={string.Join(';', signed)}, Signature={SignatureV4.Sign(SignatureV4.KeyOf(secret, scope), text)}");
        using var response = await host.SendAsync(message);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string Presigned(SqsHost host, string path, string query, int seconds)
    {
        var time = host.Time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/eu-west-1/sqs/aws4_request";
        var all = $"{query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"AKIDBILLING/{scope}")}&X-Amz-Date={time}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host";
        var request = new SignedRequest("GET", path, all, name => name == "host" ? host.Address.Authority : null, Convert.ToHexStringLower(SHA256.HashData([])));
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SignatureV4.CanonicalRequest(request, ["host"]))))}";
        return $"{path}?{all}&X-Amz-Signature={SignatureV4.Sign(SignatureV4.KeyOf("topsecret", scope), text)}";
    }
}
