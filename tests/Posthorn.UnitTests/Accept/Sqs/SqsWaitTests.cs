using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>Receives that wait.</summary>
public sealed class SqsWaitTests
{
    [Fact]
    public async Task A_wait_ends_when_a_message_comes_or_becomes_visible_or_its_time_is_over()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("VisibilityTimeout", "5"), ("ReceiveMessageWaitTimeSeconds", "20"));

        var sent = WaitAsync(host, url);
        await host.SendAsync(url, "now");
        (await sent).ShouldBe(["now"]);

        var expired = WaitAsync(host, url);
        await SqsHost.UntilAsync(() => host.Status("orders")!.Leased == 1, "it is leased");
        await AdvanceUntilAsync(host, expired, 1);
        (await expired).ShouldBe(["now"]);
        await host.DoAsync("PurgeQueue", new { QueueUrl = url });

        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "later", DelaySeconds = 3 });
        var due = WaitAsync(host, url);
        await AdvanceUntilAsync(host, due, 1);
        (await due).ShouldBe(["later"]);

        await host.DoAsync("PurgeQueue", new { QueueUrl = url });
        var nothing = WaitAsync(host, url);
        await AdvanceUntilAsync(host, nothing, 5);
        (await nothing).ShouldBeEmpty();
        (await host.ReceiveAsync(url, wait: 0)).ShouldBeEmpty(); // a wait of zero is not the queue's
    }

    [Fact]
    public async Task A_wait_ends_when_its_queue_is_deleted()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        using var socket = await WaitOnSocketAsync(host, "orders");
        await host.DoAsync("DeleteQueue", new { QueueUrl = url });
        (await AnswerAsync(socket)).ShouldStartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task Requests_may_follow_each_other_without_waiting_for_the_answers()
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("orders");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        var requests = string.Concat(Enumerable.Range(0, 3).Select(i => Request("SendMessage", $$"""{"QueueUrl":"orders","MessageBody":"m{{i}}"}""")));
        await socket.SendAsync(Encoding.ASCII.GetBytes(requests + Request("ReceiveMessage", """{"QueueUrl":"orders","MaxNumberOfMessages":10}""")));
        var heard = new StringBuilder();
        while (!heard.ToString().Contains("\"Messages\"", StringComparison.Ordinal))
            heard.Append(await AnswerAsync(socket));
        heard.ToString().Split("HTTP/1.1 200").Length.ShouldBe(5);
        heard.ToString().IndexOf("\"m0\"", StringComparison.Ordinal).ShouldBeLessThan(heard.ToString().IndexOf("\"m2\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_leased_to_a_caller_who_went_away()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        (await WaitOnSocketAsync(host, "orders")).Dispose();
        using var cancelled = new CancellationTokenSource();
        var wait = host.SayAsync("ReceiveMessage", """{"QueueUrl":"orders","WaitTimeSeconds":20}""", cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => wait);
        await SqsHost.UntilAsync(() => host.Waiting == 0, "the server has heard that they are gone"); // what it is told before that goes with their leases

        await host.SendAsync(url, "x");
        await SqsHost.UntilAsync(() => host.Status("orders")!.Ready == 1, "it is there for others");
        (await host.BodiesAsync(url)).ShouldBe(["x"]);
    }

    /// <summary>Over HTTP/2, a hundred to a connection: the machine's file descriptors are others', too.</summary>
    [Fact]
    public async Task Ten_thousand_may_wait_at_once_and_each_is_served()
    {
        const int waiters = 10_000;
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var waits = Enumerable.Range(0, waiters).Select(_ => WaitOverHttp2Async(host, "orders")).ToArray();
        await SqsHost.UntilAsync(() => host.Waiting == waiters, "all of them wait");

        // A receive that finds something proves that the server goes on meanwhile; none of those who wait is disturbed by it.
        await host.SendAsync(await host.MakeAsync("other"), "x");
        (await host.BodiesAsync("other")).ShouldBe(["x"]);
        waits.Count(w => w.IsCompleted).ShouldBe(0);

        for (var i = 0; i < waiters / 10; i++)
            await host.DoAsync("SendMessageBatch", new { QueueUrl = url, Entries = Enumerable.Range(0, 10).Select(n => new { Id = n.ToString(), MessageBody = $"m{i}-{n}" }) });
        var bodies = await Task.WhenAll(waits);
        bodies.ShouldBeUnique();
        bodies.ShouldAllBe(b => b.StartsWith('m'));
        host.Waiting.ShouldBe(0);
    }

    private static async Task<IReadOnlyList<string>> WaitAsync(SqsHost host, string url) =>
        [.. ((await host.DoAsync("ReceiveMessage", new { QueueUrl = url }))["Messages"]?.AsArray() ?? []).Select(m => (string)m!["Body"]!)];

    private static async Task AdvanceUntilAsync(SqsHost host, Task task, double step)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !task.IsCompleted; i++)
        {
            i.ShouldBeLessThan(5_000);
            host.Advance(step / 10);
            await timer.WaitForNextTickAsync();
        }
    }

    private static async Task<string> WaitOverHttp2Async(SqsHost host, string queue)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, host.Http2Address)
        {
            Content = new StringContent($$"""{"QueueUrl":"{{queue}}","WaitTimeSeconds":20}"""), Version = System.Net.HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.ReceiveMessage");
        using var response = await host.SendAsync(request);
        return (string)System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!["Messages"]![0]!["Body"]!;
    }

    /// <summary>A receive of one message on a connection of its own: cheaper than a client's.</summary>
    private static async Task<Socket> WaitOnSocketAsync(SqsHost host, string queue)
    {
        var before = host.Waiting;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Request("ReceiveMessage", $$"""{"QueueUrl":"{{queue}}","WaitTimeSeconds":20}""")));
        await SqsHost.UntilAsync(() => host.Waiting > before, "it waits");
        return socket;
    }

    private static string Request(string action, string body) =>
        $"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.{action}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static async Task<string> AnswerAsync(Socket socket)
    {
        var buffer = new byte[4_096];
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }
}
