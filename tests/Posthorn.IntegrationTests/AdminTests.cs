using System.Globalization;
using System.Text.Json;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.IntegrationTests;

/// <summary>An administrator's day on the command line, against a real server; what programs read (<c>--json</c>) and what people see.</summary>
public sealed class AdminTests : IAsyncLifetime
{
    private RecordingSmtpServer _relay = null!;
    private PosthornProcess _posthorn = null!;

    public async Task InitializeAsync()
    {
        _relay = RecordingSmtpServer.Start();
        _posthorn = await PosthornProcess.StartAsync($$"""
            addresses: { box@box.test: box, sender@client.test: sender }
            pipeline:
              root:
                - if: recipient-is-local
                  deliver: mailbox
                - deliver: outgoing
            outgoing: { relay: "127.0.0.1:{{_relay.Port}}", schedule: 1000*1h }
            """);
    }

    public async Task DisposeAsync()
    {
        await _posthorn.DisposeAsync();
        await _relay.DisposeAsync();
    }

    [Fact]
    public async Task A_message_sent_to_a_queue_is_listed_shown_and_received_once()
    {
        var sent = await JsonAsync("send", "--queue", "jobs", "--body", "hello", "--priority", "7", "--attribute", "kind=greeting");
        var id = Text(sent, "id");
        Text(Only(await JsonAsync("queue", "list", "jobs"), "queues"), "name").ShouldBe("jobs");
        Number(await JsonAsync("queue", "show", "jobs"), "ready").ShouldBe(1);
        var listed = Only(await JsonAsync("message", "list", "--queue", "jobs"), "messages");
        Text(listed, "id").ShouldBe(id);
        Number(listed, "priority").ShouldBe(7);
        var shown = await JsonAsync("message", "show", id);
        shown.GetProperty("attributes").GetProperty("kind").GetProperty("text").GetString().ShouldBe("greeting");
        (await RunAsync("message", "body", id)).Output.ShouldBe("hello");
        (await RunAsync("receive", "jobs", "--no-ack")).Output.ShouldBe("hello");
        (await RunAsync("receive", "jobs")).Output.ShouldBe("hello");
        (await JsonAsync("receive", "jobs")).GetProperty("messages").GetArrayLength().ShouldBe(0);
        Number(await JsonAsync("queue", "show", "jobs"), "messages").ShouldBe(0);
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_message()
    {
        var first = await JsonAsync("send", "--queue", "jobs", "--body", "once", "--idempotency-key", "k1");
        var second = await JsonAsync("send", "--queue", "jobs", "--body", "once", "--idempotency-key", "k1");
        Text(second, "id").ShouldBe(Text(first, "id"));
        second.GetProperty("isRepeat").GetBoolean().ShouldBeTrue();
        Number(await JsonAsync("queue", "show", "jobs"), "messages").ShouldBe(1);
        await _posthorn.KillAsync();
        await _posthorn.StartAgainAsync();
        Text(await JsonAsync("send", "--queue", "jobs", "--body", "once", "--idempotency-key", "k1"), "id").ShouldBe(Text(first, "id"));
    }

    [Fact]
    public async Task A_mail_written_on_the_command_line_is_delivered_and_traced()
    {
        var sent = await JsonAsync("send", "--from", "sender@client.test", "--to", "box@box.test", "--to", "out@sink.test", "--subject", "Grüße", "--body", "hello");
        await Until.TrueAsync(() => _relay.Count == 1, "the relay has it");
        _relay.Mails[0].Recipients.ShouldBe(["out@sink.test"]);
        var inMailbox = await Until.ResultAsync(
            async () => await _posthorn.MessagesAsync("box") is [var only] ? only : null, "the mailbox has it");
        inMailbox.Subject.ShouldBe("Grüße");
        await Until.TrueAsync(
            async () =>
            {
                var events = (await JsonAsync("trace", Text(sent, "id"))).GetProperty("events").EnumerateArray().Select(e => e.GetProperty("kind").GetString()).ToArray();
                return events.Contains("accepted") && events.Contains("delivered");
            },
            "the trace tells acceptance and delivery");
        foreach (var key in new[] { "out@sink.test", "box@box.test", inMailbox.MessageId! })
            (await JsonAsync("trace", key)).GetProperty("events").GetArrayLength().ShouldBeGreaterThan(1, key);
    }

    [Fact]
    public async Task Work_on_many_messages_is_counted_first_and_done_to_those_selected_only()
    {
        for (var i = 0; i < 30; i++)
            await _posthorn.Client.SendMailAsync(Mail(i), new() { Sender = i % 3 == 0 ? "spam@client.test" : "sender@client.test", Recipients = [$"user{i}@box.test"], Delay = TimeSpan.FromHours(1) });
        await _posthorn.Client.PauseQueueAsync("spool/process/root");

        var query = new[] { "--sender", "spam@client.test" };
        var preview = await JsonAsync(["message", "remove", .. query, "--dry-run"]);
        Number(preview, "count").ShouldBe(10);
        (await CountAsync()).ShouldBe(30);

        var held = await JsonAsync(["message", "hold", .. query]);
        Number(held, "done").ShouldBe(10);
        (await JsonAsync("message", "list", "--state", "held")).GetProperty("messages").GetArrayLength().ShouldBe(10);
        Number(await JsonAsync(["message", "release", .. query]), "done").ShouldBe(10);
        Number(await JsonAsync(["message", "priority", .. query, "--to", "9"]), "done").ShouldBe(10);
        (await JsonAsync("message", "list", "--min-priority", "9")).GetProperty("messages").GetArrayLength().ShouldBe(10);
        Number(await JsonAsync("message", "reschedule", "--header", "X-Number=7", "--in", "2h"), "done").ShouldBe(1);
        Number(await JsonAsync("message", "move", "--header", "X-Number~^1.$", "--to", "elsewhere", "--yes"), "done").ShouldBe(10);
        Number(await JsonAsync("queue", "show", "elsewhere"), "messages").ShouldBe(10);
        Number(await JsonAsync(["message", "remove", .. query, "--yes"]), "done").ShouldBe(10);
        (await CountAsync()).ShouldBe(20);
        (await _posthorn.MessagesAsync(new MessageQuery { Sender = "spam@client.test" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_suspended_destination_gets_nothing_until_it_is_resumed_over_a_restart_too()
    {
        await JsonAsync("destination", "suspend", "sink.test", "--for", "1h", "--reason", "maintenance");
        await SendOutAsync("out@sink.test");
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync(new MessageQuery { Domain = "sink.test" })) is [{ Queue: "spool/outgoing" or "spool/deferred" }], "the mail waits");
        await _posthorn.KillAsync();
        await _posthorn.StartAgainAsync();
        (await RunAsync("destination", "list", "--json")).Output.ShouldContain("maintenance");
        _relay.Count.ShouldBe(0);
        await JsonAsync("destination", "resume", "sink.test");
        await Until.TrueAsync(() => _relay.Count == 1, "the mail is delivered");
    }

    [Fact]
    public async Task A_bounce_for_a_while_takes_what_waits_and_what_is_still_to_come_over_a_restart_too()
    {
        await _relay.DieAsync();
        await SendOutAsync("out@bad.test");
        await Until.TrueAsync(async () => await _posthorn.MessagesAsync(new MessageQuery { MinAttempts = 1 }) is [{ State: MessageState.Delayed }], "the mail waits for its next attempt");
        var task = await JsonAsync("message", "bounce", "--domain", "bad.test", "--for", "1h", "--reason", "550 5.7.1 Gone for good", "--yes");
        Number(task, "done").ShouldBe(1);
        await Until.TrueAsync(async () => await BouncesAsync() == 1, "the sender has a bounce");
        await _posthorn.KillAsync();
        await _posthorn.StartAgainAsync();
        await SendOutAsync("later@bad.test");
        await Until.TrueAsync(async () => await BouncesAsync() == 2, "the sender has a bounce for the later mail too");
        var order = Only(await JsonAsync("order", "list"), "orders");
        await RunAsync("order", "cancel", Text(order, "id"));
        (await JsonAsync("order", "list")).GetProperty("orders").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_shape_of_a_queue_shows_its_destinations_by_age()
    {
        await _posthorn.Client.PauseQueueAsync("spool/outgoing");
        foreach (var recipient in new[] { "a@one.test", "b@one.test", "c@two.test" })
            await SendOutAsync(recipient);
        await Until.TrueAsync(async () => (await _posthorn.MessagesAsync("spool/outgoing")).Count == 3, "all wait");
        var shape = await JsonAsync("queue", "shape", "spool/outgoing");
        Number(shape.GetProperty("total"), "messages").ShouldBe(3);
        var rows = shape.GetProperty("rows").EnumerateArray().Select(r => (Text(r, "key"), Number(r, "messages"))).ToArray();
        rows.ShouldBe([("one.test", 2), ("two.test", 1)]);
        (await RunAsync("queue", "shape", "spool/outgoing")).Output.ShouldContain("TOTAL");
    }

    [Fact]
    public async Task Pausing_flushing_purging_and_deleting_a_queue()
    {
        await JsonAsync("send", "--queue", "jobs", "--body", "now");
        await JsonAsync("send", "--queue", "jobs", "--body", "later", "--delay", "1h");
        await JsonAsync("queue", "pause", "jobs");
        (await JsonAsync("receive", "jobs")).GetProperty("messages").GetArrayLength().ShouldBe(0);
        await JsonAsync("queue", "resume", "jobs");
        await JsonAsync("queue", "flush", "jobs");
        Number(await JsonAsync("queue", "show", "jobs"), "ready").ShouldBe(2);
        await JsonAsync("queue", "purge", "jobs", "--yes");
        Number(await JsonAsync("queue", "show", "jobs"), "messages").ShouldBe(0);
        (await RunAsync("queue", "delete", "jobs", "--yes")).ExitCode.ShouldBe(0);
        var gone = await _posthorn.RunAsync("queue", "show", "jobs");
        gone.ExitCode.ShouldBe(3);
        gone.Error.ShouldContain("jobs");
    }

    [Fact]
    public async Task Health_metrics_and_the_description_of_the_API_are_served()
    {
        using var http = new HttpClient { BaseAddress = _posthorn.Http };
        (await http.GetAsync("healthz")).IsSuccessStatusCode.ShouldBeTrue();
        await SendOutAsync("out@sink.test");
        await Until.TrueAsync(() => _relay.Count == 1, "the mail is delivered");
        var metrics = await http.GetStringAsync("metrics");
        metrics.ShouldContain("# TYPE");
        metrics.ShouldContain("posthorn_");
        foreach (var subject in new[] { "accepted", "queue", "attempt", "commit", "sync", "connections" })
            metrics.ShouldContain(subject, Case.Insensitive);
        using var description = JsonDocument.Parse(await http.GetStringAsync("v1/openapi.json"));
        description.RootElement.GetProperty("paths").EnumerateObject().Count().ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Only_an_account_may_call_where_there_are_accounts()
    {
        await using var closed = await PosthornProcess.StartAsync("accounts: [ { name: app, password: s3cret }, { name: admin, password: adm1n, admin: true } ]");
        (await closed.RunAsync("queue", "list")).ExitCode.ShouldNotBe(0);
        closed.Token = "admin:wrong";
        (await closed.RunAsync("queue", "list")).ExitCode.ShouldNotBe(0);
        closed.Token = "app:s3cret";
        (await closed.RunAsync("queue", "delete", "spool/outgoing", "--yes")).ExitCode.ShouldBe(4);
        closed.Token = "admin:adm1n";
        (await closed.RunAsync("queue", "list")).ExitCode.ShouldBe(0);
    }

    private static MemoryStream Mail(int number) =>
        new(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Subject: number {number}\r\nX-Number: {number}\r\n\r\nhello\r\n")));

    private Task SendOutAsync(string recipient) =>
        _posthorn.Client.SendMailAsync(Mail(0), new() { Sender = "sender@client.test", Recipients = [recipient] });

    private async Task<int> CountAsync() => (await _posthorn.MessagesAsync()).Count;

    private async Task<int> BouncesAsync() => (await _posthorn.MessagesAsync("sender")).Count;

    private async Task<CommandResult> RunAsync(params string[] arguments)
    {
        var result = await _posthorn.RunAsync(arguments);
        result.ExitCode.ShouldBe(0, $"posthorn {string.Join(' ', arguments)}: {result}");
        return result;
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    private static JsonElement Only(JsonElement element, string list)
    {
        element.GetProperty(list).GetArrayLength().ShouldBe(1, element.ToString());
        return element.GetProperty(list)[0];
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
