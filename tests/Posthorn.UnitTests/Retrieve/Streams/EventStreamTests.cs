using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Contracts;
using Posthorn.Queues;
using Posthorn.UnitTests.Cli;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;
using StreamOptions = Posthorn.Client.Contracts.Sending.StreamOptions;

namespace Posthorn.UnitTests.Retrieve.Streams;

/// <summary>Streams as server-sent events, by hand and through the product's own client.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task A_message_is_an_event_with_its_id_and_is_acked_over_HTTP()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 2);
        using var http = new HttpClient { BaseAddress = host.Address };
        using var response = await OpenAsync(http, "q", "?prefetch=1");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        await using var events = SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();

        for (var i = 0; i < 2; i++)
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
            var data = JsonNode.Parse(events.Current.Data)!;
            (events.Current.EventType, events.Current.EventId).ShouldBe(("message", (string?)data["message"]!["id"]));
            ((string?)data["text"]).ShouldBe($"m{i}");
            host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(1); // with a prefetch of 1 the second comes only when the first is acked
            await host.Client.AckAsync((string)data["handle"]!);
        }
        host.Count("q").ShouldBe(0);
    }

    [Fact]
    public async Task What_is_not_settled_is_back_when_the_client_goes()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 3);
        var seen = new List<string>();
        await foreach (var message in host.Client.StreamAsync("q", new StreamOptions { Prefetch = 2, Visibility = TimeSpan.FromHours(1) }))
        {
            seen.Add(Encoding.UTF8.GetString(message.Body!));
            if (seen.Count == 1)
                await host.Client.AckAsync(message.Handle);
            else if (seen.Count == 2)
                await host.Client.ReleaseAsync(message.Handle, TimeSpan.FromHours(1));
            else
                break;
        }
        seen.ShouldBe(["m0", "m1", "m2"]);
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: 1, Delayed: 1, Leased: 0 }, "the last one is back");
    }

    [Fact]
    public async Task With_ack_auto_a_message_is_gone_when_it_was_written()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 50);
        var seen = new List<string>();
        await foreach (var message in host.Client.StreamAsync("q", new StreamOptions { Prefetch = 5, AcksItself = true }))
        {
            seen.Add(message.Message.Id);
            if (seen.Count == 50)
                break;
        }
        seen.ShouldBeUnique();
        await StreamPeer.UntilAsync(host, "q", s => s is { Messages: 0 }, "all are gone");
    }

    [Fact]
    public async Task Leases_are_renewed_comments_keep_the_connection_and_a_lease_that_ends_is_told()
    {
        var time = new ManualTimeProvider();
        await using var host = await AdminHost.StartAsync(time: time);
        await WebSocketTests.SendAsync(host, "q", 1);
        using var http = new HttpClient { BaseAddress = host.Address };
        using var response = await OpenAsync(http, "q", "?visibility=30s&renewFor=60s");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string>();
        await ReadUntilAsync(line => line.StartsWith("data: ", StringComparison.Ordinal));
        lines.ShouldContain(":");
        var comments = lines.Count(l => l == ":");

        time.Advance(TimeSpan.FromSeconds(59));
        host.Engine.Status(QueueName.Parse("q"))!.Leased.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(31));
        await ReadUntilAsync(line => line == "event: ended");

        lines.Count(l => l == ":").ShouldBeGreaterThan(comments);

        async Task ReadUntilAsync(Func<string, bool> isIt)
        {
            do
                lines.Add((await reader.ReadLineAsync()).ShouldNotBeNull());
            while (!isIt(lines[^1]));
        }
    }

    [Fact]
    public async Task When_the_queue_is_deleted_the_client_is_told_and_when_the_server_stops_it_may_begin_anew()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        await WebSocketTests.SendAsync(host, "other", 1);
        await Should.ThrowAsync<PosthornNotFoundException>(async () =>
        {
            await foreach (var _ in host.Client.StreamAsync("q"))
                await host.Client.DeleteQueueAsync("q");
        });
        await Should.ThrowAsync<PosthornNotFoundException>(async () => await host.Client.StreamAsync("q").GetAsyncEnumerator().MoveNextAsync());
        Task? stopping = null;
        await Should.ThrowAsync<PosthornUnavailableException>(async () =>
        {
            await foreach (var _ in host.Client.StreamAsync("other"))
                stopping = host.StopAsync();
        });
        await stopping!;
        host.Engine.Status(QueueName.Parse("other"))!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_and_what_it_was_to_get_is_back()
    {
        const int messages = 200;
        await using var host = await AdminHost.StartAsync(streams: new StreamLimits { WriteTimeout = TimeSpan.FromMilliseconds(300) });
        for (var i = 0; i < messages; i++)
            await host.Client.SendAsync("q", new byte[100_000]);
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/queues/q/stream?prefetch={messages} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nAccept: text/event-stream\r\n\r\n"));

        await StreamPeer.UntilAsync(host, "q", s => s.Leased > 0, "the first ones are leased");
        await StreamPeer.UntilAsync(host, "q", s => s is { Ready: messages, Leased: 0 } && host.Streams.Open == 0, "it was cut off and all are back");
    }

    [Theory]
    [InlineData(null, 406)]
    [InlineData("*/*", 406)]
    [InlineData("text/html, */*;q=0.8", 406)]
    [InlineData("text/html, text/event-stream;q=0.1", 200)]
    public async Task Only_who_asks_for_events_gets_them(string? accept, int status)
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 1);
        using var http = new HttpClient { BaseAddress = host.Address };
        using var response = await OpenAsync(http, "q", "", accept);
        ((int)response.StatusCode).ShouldBe(status);
        if (status == 406)
            (await response.Content.ReadAsStringAsync()).ShouldContain("text/event-stream");
    }

    [Fact]
    public async Task Receive_follows_a_queue_and_acks_what_it_has_written()
    {
        await using var host = await AdminHost.StartAsync();
        await WebSocketTests.SendAsync(host, "q", 2);
        var following = CommandLine.RunAsync(host, "receive", "q", "--follow", "--max", "3");
        await StreamPeer.UntilAsync(host, "q", s => s.Messages == 0, "what was there is acked");
        await WebSocketTests.SendAsync(host, "q", 2);
        var followed = await following;
        (followed.ExitCode, followed.Output).ShouldBe((0, "m0m1m0"));

        var json = await CommandLine.RunAsync(host, "receive", "q", "--follow", "--max", "1", "--json");
        ((int?)JsonNode.Parse(json.Output.Trim())!["message"]!["receiveCount"]).ShouldNotBeNull();
        json.Output.Trim().ShouldNotContain('\n');
        host.Count("q").ShouldBe(0);
        (await CommandLine.RunAsync(host, "receive", "q", "--follow", "--no-ack")).ExitCode.ShouldBe(2);
        (await CommandLine.RunAsync(host, "receive", "nothing", "--follow")).ExitCode.ShouldBe(3);
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient http, string queue, string query, string? accept = "text/event-stream")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/queues/{queue}/stream{query}");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
