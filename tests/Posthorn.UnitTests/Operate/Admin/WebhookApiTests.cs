using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Posthorn.Bodies;
using Posthorn.Client;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Webhooks;
using Posthorn.Queues;
using Posthorn.UnitTests.Cli;
using Posthorn.UnitTests.Deliver.Webhooks;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Admin;

/// <summary>Webhooks over the API and the command line, against a real endpoint.</summary>
public sealed class WebhookApiTests
{
    [Fact]
    public async Task A_webhook_is_made_with_a_secret_of_its_own_that_is_told_once_and_delivers()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        var made = await host.Client.AddWebhookAsync(endpoint.Settings);
        (made.Name, made.Queue, made.DeadLetters, made.IsConfigured, made.State).ShouldBe(("orders", "orders", "orders-dead", false, WebhookState.Active));
        made.Settings.Secrets.ShouldBe(["whsec_********"]);
        (await host.Client.GetWebhookAsync("orders")).Secret.ShouldBeNull();

        var id = await SendAsync(host, "hello");
        var post = await endpoint.NextAsync();
        WebhookSecret.TryParse(made.Secret!, out var secret, out _).ShouldBeTrue();
        WebhookVerifier.Verify([secret!], post.Header("webhook-id"), post.Header("webhook-timestamp"), post.Header("webhook-signature"), post.Body, DateTimeOffset.UtcNow).ShouldBe(WebhookVerdict.Valid);
        (post.Header("webhook-id"), Encoding.UTF8.GetString(post.Body)).ShouldBe((id.ToString(), "hello"));
        await UntilAsync(async () => (await host.Client.GetWebhookAsync("orders")).Delivered == 1);
        var attempt = (await host.Client.ListWebhookAttemptsAsync("orders")).ShouldHaveSingleItem();
        (attempt.Message, attempt.Outcome, attempt.Status, attempt.Answer).ShouldBe((id.ToString(), WebhookOutcome.Delivered, 200, "taken"));
    }

    [Fact]
    public async Task What_is_wrong_is_refused_by_the_name_it_has_in_JSON()
    {
        await using var host = await AdminHost.StartAsync();
        var settings = new WebhookSettings { Queue = "q", Url = "http://x", Secrets = ["short"], PauseAfter = 0 };
        var refused = await Should.ThrowAsync<PosthornException>(() => host.Client.AddWebhookAsync(settings));

        refused.Status.ShouldBe(HttpStatusCode.BadRequest);
        refused.Message.ShouldContain("secrets: is no secret");
        refused.Message.ShouldContain("pauseAfter: 0 is out of bounds");
    }

    [Fact]
    public async Task Two_of_one_name_or_on_one_queue_are_refused()
    {
        await using var host = await AdminHost.StartAsync();
        var settings = new WebhookSettings { Queue = "q", Url = "http://x.test" };
        await host.Client.AddWebhookAsync(settings);

        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.AddWebhookAsync(settings))).Code.ShouldBe("webhook-exists");
        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.AddWebhookAsync(settings with { Name = "other" }))).Code.ShouldBe("queue-has-webhook");
        await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.GetWebhookAsync("other"));
    }

    [Fact]
    public async Task A_private_address_is_refused_over_the_API_unless_it_is_allowed()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        await host.Client.AddWebhookAsync(endpoint.Settings with { AllowPrivate = null });

        var call = await host.Client.TestWebhookAsync("orders", new WebhookTest());
        (call.Outcome, call.Status, call.Reason).ShouldBe((WebhookOutcome.Waits, null, "'127.0.0.1' is in a private network or this machine; 'allow-private: true' in the webhook allows such endpoints"));
        await SendAsync(host, "x");
        await UntilAsync(async () => (await host.Client.GetWebhookAsync("orders")).Failed == 1);
        (await host.Client.GetWebhookAsync("orders")).Last!.Reason.ShouldBe(call.Reason);
        endpoint.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Replaced_it_keeps_its_secret_unless_another_is_given()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        await host.Client.AddWebhookAsync(endpoint.Settings with { Secrets = [WebhookWorld.Secret] });
        var replaced = await host.Client.SetWebhookAsync("orders", endpoint.Settings with { Concurrency = 3 });
        (replaced.Secret, replaced.Settings.Concurrency).ShouldBe((null, 3));
        await host.Client.TestWebhookAsync("orders", new WebhookTest());

        var post = await endpoint.NextAsync();
        WebhookSecret.TryParse(WebhookWorld.Secret, out var secret, out _).ShouldBeTrue();
        WebhookVerifier.Verify([secret!], post.Header("webhook-id"), post.Header("webhook-timestamp"), post.Header("webhook-signature"), post.Body, DateTimeOffset.UtcNow).ShouldBe(WebhookVerdict.Valid);
        post.Header("webhook-id")!.ShouldStartWith("test_");
        Encoding.UTF8.GetString(post.Body).ShouldContain("\"type\":\"webhook.test\"");
        (await host.Client.SetWebhookAsync("orders", endpoint.Settings with { Secrets = [] })).Settings.Secrets.ShouldBeEmpty();
    }

    [Fact]
    public async Task Paused_it_posts_nothing_and_resumed_it_does()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        await host.Client.AddWebhookAsync(endpoint.Settings);
        (await host.Client.PauseWebhookAsync("orders", new WebhookPause { Reason = "upgrade" })).ShouldSatisfyAllConditions(
            w => w.State.ShouldBe(WebhookState.Paused), w => w.Reason.ShouldBe("paused by admin: upgrade"));
        await SendAsync(host, "x");
        (await host.Client.GetWebhookAsync("orders")).ShouldSatisfyAllConditions(w => w.Waiting.ShouldBe(1), w => w.Ready.ShouldBe(1));
        await host.Client.ResumeWebhookAsync("orders");

        await endpoint.NextAsync();
    }

    [Fact]
    public async Task What_it_missed_is_posted_again_one_or_all()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        await host.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("orders"), new QueuePolicy { KeepConsumed = TimeSpan.FromDays(1) }));
        await host.Client.AddWebhookAsync(endpoint.Settings with { Schedule = "1ms" });
        endpoint.Status = 500;
        var missed = new[] { await SendAsync(host, "a"), await SendAsync(host, "b"), await SendAsync(host, "c") };
        await UntilAsync(() => Task.FromResult(host.Count("orders-dead") == 3));
        endpoint.Status = 200;
        endpoint.Clear();

        var one = await host.Client.ReplayWebhookAsync("orders", new WebhookReplay { Message = missed[0].ToString() });
        await host.Client.WaitAsync(one.Single());
        (await endpoint.NextAsync()).Header("webhook-id").ShouldBe(missed[0].ToString());
        var range = await host.Client.ReplayWebhookAsync("orders", new WebhookReplay { From = DateTimeOffset.UtcNow.AddMinutes(-5) });
        (await host.Client.WaitAsync(range.Single())).Done.ShouldBe(2);
        new[] { (await endpoint.NextAsync()).Header("webhook-id"), (await endpoint.NextAsync()).Header("webhook-id") }.Order().ShouldBe(new[] { missed[1].ToString(), missed[2].ToString() });
        await UntilAsync(() => Task.FromResult(host.Count("orders") == 0 && host.Engine.Status(QueueName.Parse("orders"))!.Consumed == 3));
        var all = await host.Client.ReplayWebhookAsync("orders", new WebhookReplay { Delivered = true });
        foreach (var task in all)
            await host.Client.WaitAsync(task);
        var again = new List<string?>();
        while (again.Count < 3)
            again.Add((await endpoint.NextAsync()).Header("webhook-id"));
        again.Order().ShouldBe(missed.Select(m => m.ToString()).Order());
    }

    [Fact]
    public async Task One_of_the_configuration_is_seen_and_steered_and_changed_there_only()
    {
        await using var host = await AdminHost.StartAsync(webhooks: [WebhookWorld.Options(WebhookWorld.Orders("http://user:secret@127.0.0.1:1/hook"))]);
        var webhook = (await host.Client.ListWebhooksAsync()).ShouldHaveSingleItem();

        (webhook.IsConfigured, webhook.Settings.Url).ShouldBe((true, "http://user:********@127.0.0.1:1/hook"));
        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.RemoveWebhookAsync("orders"))).Code.ShouldBe("webhook-configured");
        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.SetWebhookAsync("orders", WebhookWorld.Orders()))).Code.ShouldBe("webhook-configured");
        (await host.Client.PauseWebhookAsync("orders", new WebhookPause())).State.ShouldBe(WebhookState.Paused);
    }

    [Fact]
    public async Task Removed_it_posts_no_more_and_its_messages_stay()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        await host.Client.AddWebhookAsync(endpoint.Settings);
        await host.Client.RemoveWebhookAsync("orders");
        await SendAsync(host, "x");

        (await host.Client.ListWebhooksAsync()).ShouldBeEmpty();
        (host.Count("orders"), endpoint.Count).ShouldBe((1, 0));
        await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.RemoveWebhookAsync("orders"));
    }

    [Fact]
    public async Task Only_administrators_see_webhooks()
    {
        await using var host = await AdminHost.StartAsync(isOpen: false);
        using var http = new HttpClient { BaseAddress = host.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "billing:s3cret");

        (await http.GetAsync("v1/webhooks")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_command_line_makes_shows_tries_pauses_replays_and_removes()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await AdminHost.StartAsync();
        var added = await CommandLine.RunAsync(
            host, "webhook", "add", "--queue", "orders", "--url", endpoint.Settings.Url!, "--allow-private", "--secret", WebhookWorld.Secret, "--rate", "1000/min", "--header", "X-Key: k", "--owner", "ops@example.test");
        added.Error.ShouldBeEmpty();
        added.Output.ShouldContain("limits        10 at once, 1000/min, 15s for an answer");
        (await CommandLine.RunAsync(host, "webhook", "test", "orders")).Output.ShouldStartWith("delivered: 200 OK in ");
        (await endpoint.NextAsync()).Header("X-Key").ShouldBe("k");
        (await CommandLine.RunAsync(host, "webhook", "list")).Output.ShouldContain("orders   orders        0          0          0       0     0  active  http://127.0.0.1");
        (await CommandLine.RunAsync(host, "webhook", "pause", "orders", "--reason", "upgrade")).Output.ShouldContain("reason        paused by admin: upgrade");
        (await CommandLine.RunAsync(host, "webhook", "resume", "orders")).Output.ShouldContain("state         active");
        (await CommandLine.RunAsync(host, "webhook", "replay", "orders")).Output.ShouldBe("Nothing was missed.\n");
        (await CommandLine.RunAsync(host, "webhook", "show", "orders", "--attempts")).Output.ShouldBe("No calls since the server started.\n");
        (await CommandLine.RunAsync(host, "webhook", "show", "orders", "--json")).Output.ShouldContain("\"whsec_********\"");
        (await CommandLine.RunAsync(host, "webhook", "add", "--queue", "orders", "--url", "http://x.test")).ExitCode.ShouldBe(4);
        (await CommandLine.RunAsync(host, "webhook", "add", "--queue", "q", "--url", "nonsense")).ExitCode.ShouldBe(2);
        (await CommandLine.RunAsync(host, "webhook", "remove", "orders")).Output.ShouldBe("Webhook orders is removed.\n");
        (await CommandLine.RunAsync(host, "webhook", "show", "orders")).ExitCode.ShouldBe(3);
        (await CommandLine.RunAsync(host, "webhook", "list")).Output.ShouldBe("No webhooks.\n");
    }

    private static async Task<MessageId> SendAsync(AdminHost host, string text) =>
        (await host.Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = QueueName.Parse("orders"), Content = Body.Of(Encoding.UTF8.GetBytes(text)) }))).Added[0].Id;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(5), timer.Token);
    }

    private sealed record Post(IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);
    }

    /// <summary>An endpoint on a real port that answers with one status.</summary>
    private sealed class Endpoint(WebApplication app) : IAsyncDisposable
    {
        private readonly System.Threading.Channels.Channel<Post> _posts = System.Threading.Channels.Channel.CreateUnbounded<Post>();

        public int Status { get; set; } = 200;

        public int Count => _posts.Reader.Count;

        public WebhookSettings Settings => new() { Queue = "orders", Url = app.Urls.First() + "/hook", AllowPrivate = true };

        public static async Task<Endpoint> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var endpoint = new Endpoint(app);
            app.Run(endpoint.TakeAsync);
            await app.StartAsync();
            return endpoint;
        }

        public async Task<Post> NextAsync()
        {
            using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await _posts.Reader.ReadAsync(timer.Token);
        }

        public void Clear()
        {
            while (_posts.Reader.TryRead(out _))
            {
                // Until none is left.
            }
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            _posts.Writer.TryWrite(new Post(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            http.Response.StatusCode = Status;
            await http.Response.WriteAsync("taken");
        }
    }
}
