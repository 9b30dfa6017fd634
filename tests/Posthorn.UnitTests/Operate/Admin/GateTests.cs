using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class GateTests
{
    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong:token", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("Basic !!!", 401)]
    [InlineData("Digest x", 401)]
    [InlineData("Bearer billing:s3cret", 403)]
    [InlineData("Bearer admin:secret", 200)]
    [InlineData("Basic YWRtaW46c2VjcmV0", 200)]
    public async Task Only_an_administrator_sees_the_queues(string? authorization, int status)
    {
        await using var host = await AdminHost.StartAsync(isOpen: false);
        using var http = new HttpClient { BaseAddress = host.Address };
        if (authorization is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        foreach (var path in new[] { "/v1/queues", "/v1/openapi.json" })
            ((int)(await http.GetAsync(path)).StatusCode).ShouldBe(status);
        var unknown = (int)(await http.GetAsync("/v1/whatever")).StatusCode;
        unknown.ShouldBe(status == 200 ? 404 : status);
    }

    [Fact]
    public async Task An_account_uses_its_own_queues_and_no_others()
    {
        await using var host = await AdminHost.StartAsync(isOpen: false);
        var billing = PosthornClient.Connect(host.Address, "billing:s3cret");

        await billing.SendAsync("billing", "x"u8.ToArray());
        await billing.SendAsync("billing/late", "x"u8.ToArray());
        await host.MailAsync("orders");
        var received = (await billing.ReceiveAsync("billing")).ShouldHaveSingleItem();
        await billing.AckAsync(received.Handle);

        foreach (var foreign in new[] { "orders", "billing2", "Billing" })
        {
            (await Should.ThrowAsync<PosthornRefusedException>(() => billing.SendAsync(foreign, "x"u8.ToArray()))).Status.ShouldBe(HttpStatusCode.Forbidden);
            (await Should.ThrowAsync<PosthornRefusedException>(() => billing.ReceiveAsync(foreign))).Status.ShouldBe(HttpStatusCode.Forbidden);
        }
        var theirs = (await host.Client.ReceiveAsync("orders")).ShouldHaveSingleItem();
        await Should.ThrowAsync<PosthornRefusedException>(() => billing.AckAsync(theirs.Handle));
        host.Count("orders").ShouldBe(1);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Host", "localhost:9324", 200)]
    [InlineData("Host", "[::1]:9324", 200)]
    public async Task Without_accounts_other_sites_cannot_use_the_operators_browser(string header, string value, int status)
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/queues");
        request.Headers.TryAddWithoutValidation(header, value);

        ((int)(await http.SendAsync(request)).StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task Every_error_is_a_problem_whatever_stage_it_comes_from()
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        foreach (var (response, status) in new[]
        {
            (await http.GetAsync("/v1/nothing"), 404), (await http.DeleteAsync("/v1/queues"), 404), (await http.GetAsync("/v1/messages?limit=x"), 400),
            (await http.GetAsync("/v1/messages?state=odd"), 400), (await http.PutAsync("/v1/queues/q", new StringContent("x")), 415),
            (await http.PutAsync("/v1/queues/%20q", new StringContent("{}", null, "application/json")), 400),
            (await http.PostAsync("/v1/queues/q/move", null), 400),
        })
        {
            ((int)response.StatusCode).ShouldBe(status, response.RequestMessage!.RequestUri!.ToString());
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
    }

    [Fact]
    public async Task The_OpenAPI_document_names_every_endpoint_and_its_parameters()
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        var document = JsonNode.Parse(await http.GetStringAsync("/v1/openapi.json"))!;

        var paths = document["paths"]!.AsObject();
        paths.Select(p => p.Key).ShouldBe(
            [
                "/v1/server", "/v1/queues", "/v1/queues/{queue}", "/v1/queues/{queue}/pause", "/v1/queues/{queue}/resume", "/v1/queues/{queue}/purge",
                "/v1/queues/{queue}/flush", "/v1/queues/{queue}/move", "/v1/queues/{queue}/redrive", "/v1/queues/{queue}/replay", "/v1/queues/{queue}/shape", "/v1/messages",
                "/v1/messages/{id}", "/v1/messages/{id}/body", "/v1/messages/preview", "/v1/messages/commands", "/v1/tasks", "/v1/tasks/{id}",
                "/v1/queues/{queue}/messages", "/v1/mails", "/v1/queues/{queue}/leases", "/v1/queues/{queue}/stream", "/v1/leases/{handle}/body", "/v1/leases/{handle}",
                "/v1/trace", "/v1/orders", "/v1/orders/{id}", "/v1/destinations", "/v1/destinations/{destination}", "/v1/destinations/{destination}/suspend",
                "/v1/destinations/{destination}/resume", "/v1/destinations/{destination}/retry",
                "/v1/webhooks", "/v1/webhooks/{name}", "/v1/webhooks/{name}/attempts", "/v1/webhooks/{name}/pause", "/v1/webhooks/{name}/resume",
                "/v1/webhooks/{name}/test", "/v1/webhooks/{name}/replay", "/v1/nodes", "/v1/nodes/{node}", "/v1/nodes/{node}/drain", "/v1/nodes/{node}/resume",
            ],
            ignoreOrder: true);
        foreach (var (path, item) in paths)
        {
            foreach (var (_, operation) in item!.AsObject())
            {
                operation!["summary"].ShouldNotBeNull(path);
                operation["responses"]!["default"].ShouldNotBeNull(path);
                var declared = (operation["parameters"]?.AsArray() ?? []).Where(p => p!["in"]!.GetValue<string>() == "path").Select(p => p!["name"]!.GetValue<string>());
                declared.ShouldBe(path.Split('/').Where(s => s.StartsWith('{')).Select(s => s.Trim('{', '}')), path);
            }
        }
        foreach (var (path, method) in new[] { ("/v1/queues/{queue}", "put"), ("/v1/messages/commands", "post"), ("/v1/mails", "post"), ("/v1/orders", "post"), ("/v1/webhooks", "post") })
            paths[path]![method]!["requestBody"].ShouldNotBeNull(path);
        var timeout = document["components"]!["schemas"]!["QueueSettings"]!["properties"]!["visibilityTimeout"]!;
        timeout["type"]!.ToJsonString().ShouldContain("number");
        document["components"]!["schemas"]!["MessageAction"]!["enum"]!.ToJsonString().ShouldContain("\"redrive\"");
    }
}
