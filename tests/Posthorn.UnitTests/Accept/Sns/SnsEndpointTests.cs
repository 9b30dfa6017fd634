using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Deliver.Endpoints;
using Posthorn.UnitTests.Accept.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sns;

/// <summary>HTTP endpoints: asked, then posted to, tried again when they fail, and never waited for by others.</summary>
public sealed class SnsEndpointTests
{
    [Fact]
    public async Task An_endpoint_is_asked_and_then_posted_to_and_tried_again()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await SqsHost.StartAsync(allowsPrivateEndpoints: true);
        var topic = await host.MakeTopicAsync("t");
        await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "http"), ("Endpoint", endpoint.Url("/hook")));
        var question = await endpoint.NextAsync();
        (question.Header("x-amz-sns-message-type"), question.Header("x-amz-sns-subscription-arn")).ShouldBe(("SubscriptionConfirmation", null));
        using var http = new HttpClient();
        (await http.GetAsync((string)question.Json["SubscribeURL"]!)).IsSuccessStatusCode.ShouldBeTrue();

        endpoint.Answers.Enqueue(503);
        var id = (await host.PublishAsync(topic, "hello")).All("MessageId").Single();
        var first = await endpoint.NextAsync();
        (first.Header("x-amz-sns-message-id"), first.Header("Content-Type"), (string?)first.Json["Message"]).ShouldBe((id, "text/plain; charset=UTF-8", "hello"));
        await SqsHost.UntilAsync(() => host.Engine.Status(Posthorn.Server.Spool.SpoolQueues.TopicDeliveries)!.Delayed == 1, "it waits");
        host.Advance(19);
        endpoint.Count.ShouldBe(0);
        host.Advance(2);
        (await endpoint.NextAsync()).Header("x-amz-sns-message-id").ShouldBe(id);
        await SqsHost.UntilAsync(() => host.Engine.Status(Posthorn.Server.Spool.SpoolQueues.TopicDeliveries)!.Messages == 0, "it is done");
    }

    [Fact]
    public async Task What_an_endpoint_refuses_for_good_is_a_dead_letter_and_one_that_hangs_holds_up_nobody()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await SqsHost.StartAsync(allowsPrivateEndpoints: true);
        var topic = await host.MakeTopicAsync("t");
        await host.MakeAsync("dead");
        foreach (var path in new[] { "/hang", "/refuse", "/fine" })
        {
            await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "http"), ("Endpoint", endpoint.Url(path)), ("Attributes.entry.1.key", "RawMessageDelivery"), ("Attributes.entry.1.value", "true"),
                ("Attributes.entry.2.key", "RedrivePolicy"), ("Attributes.entry.2.value", $$"""{"deadLetterTargetArn":"{{SnsTalk.QueueArn("dead")}}"}"""));
            var token = (string)(await endpoint.NextAsync()).Json["Token"]!;
            await host.AskAsync("ConfirmSubscription", ("TopicArn", topic), ("Token", token));
        }
        await host.PublishAsync(topic, "x");
        var got = new[] { await endpoint.NextAsync(), await endpoint.NextAsync(), await endpoint.NextAsync() };
        got.Select(g => g.Path).ShouldBe(["/fine", "/hang", "/refuse"], ignoreOrder: true);
        got.ShouldAllBe(g => g.Text == "x" && g.Header("x-amz-sns-rawdelivery") == "true");
        var dead = (await host.ReceiveAsync("dead", wait: 20)).ShouldHaveSingleItem();
        (dead["Body"]!.ToString(), dead["MessageAttributes"]!["ErrorCode"]!["StringValue"]!.ToString()).ShouldBe(("x", "410"));
        await SqsHost.UntilAsync(() => host.Engine.Status(Posthorn.Server.Spool.SpoolQueues.TopicDeliveries)!.Messages == 1, "one hangs");
    }

    [Fact]
    public async Task A_private_address_is_not_posted_to()
    {
        await using var endpoint = await Endpoint.StartAsync();
        await using var host = await SqsHost.StartAsync();
        var topic = await host.MakeTopicAsync("t");
        await host.AskAsync("Subscribe", ("TopicArn", topic), ("Protocol", "http"), ("Endpoint", endpoint.Url("/hook")));
        await SqsHost.UntilAsync(() => host.Engine.Status(Posthorn.Server.Spool.SpoolQueues.TopicDeliveries) is { Messages: 0, NextNumber: > 1 }, "it was given up");
        endpoint.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    public void Public_addresses_are_told_from_private_ones(string address, bool isPublic) => PublicAddress.Is(IPAddress.Parse(address)).ShouldBe(isPublic);

    private sealed record Post(string Path, IHeaderDictionary Headers, string Text)
    {
        public JsonNode Json => JsonNode.Parse(Text)!;

        public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    private sealed class Endpoint(WebApplication app, System.Threading.Channels.Channel<Post> posts) : IAsyncDisposable
    {
        public ConcurrentQueue<int> Answers { get; } = new();

        public int Count => posts.Reader.Count;

        public string Url(string path) => app.Urls.First() + path;

        public static async Task<Endpoint> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var endpoint = new Endpoint(app, System.Threading.Channels.Channel.CreateUnbounded<Post>());
            app.Run(endpoint.TakeAsync);
            await app.StartAsync();
            return endpoint;
        }

        public async Task<Post> NextAsync()
        {
            using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await posts.Reader.ReadAsync(timer.Token);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            using var reader = new StreamReader(http.Request.Body);
            var post = new Post(http.Request.Path, new HeaderDictionary(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase)), await reader.ReadToEndAsync());
            var isQuestion = post.Header("x-amz-sns-message-type") != "Notification";
            posts.Writer.TryWrite(post);
            if (post.Path == "/hang" && !isQuestion)
            {
                var isGone = new TaskCompletionSource();
                await using var registration = http.RequestAborted.Register(isGone.SetResult);
                await isGone.Task;
            }
            http.Response.StatusCode = post.Path == "/refuse" && !isQuestion ? 410 : Answers.TryDequeue(out var status) ? status : 200;
        }
    }
}
