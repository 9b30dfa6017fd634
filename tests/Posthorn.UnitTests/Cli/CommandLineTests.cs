using System.Text;
using System.Text.Json.Nodes;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

public sealed class CommandLineTests
{
    private readonly HostTime _time = new();

    [Fact]
    public async Task Queues_are_listed_in_a_table_that_a_script_can_read_too()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        await host.Client.PutQueueAsync("empty", new QueueSettings { Paused = true });
        await host.MailAsync("spool/outgoing", isHeld: true);
        await host.MailAsync("spool/outgoing");
        _time.Now += TimeSpan.FromMinutes(3);

        var result = await CommandLine.RunAsync(host, "queue", "list");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBe("""
            QUEUE           READY  DELAYED  LEASED  HELD  SIZE  OLDEST  STATE
            empty               0        0       0     0   0 B          paused
            spool/outgoing      1        0       0     1  48 B     3 m

            """);
    }

    [Fact]
    public async Task A_queue_is_created_then_changed_by_what_is_given()
    {
        await using var host = await AdminHost.StartAsync();

        await CommandLine.RunAsync(host, "queue", "create", "invoices", "--visibility-timeout", "2m", "--max-receives", "5", "--dead-letter", "dead", "--max-size", "5GB");
        var result = await CommandLine.RunAsync(host, "queue", "create", "invoices", "--retention", "14d", "--reset", "maxReceives", "deadLetter");

        result.Output.ShouldBe("""
            queue               invoices
            messages            0: 0 ready, 0 delayed, 0 leased, 0 held
            size                0 B
            paused              no
            visibility timeout  2m
            retention           14d
            most bytes          5.00 GB

            """);
    }

    [Fact]
    public async Task A_fair_queue_is_made_and_shown()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        await CommandLine.RunAsync(host, "queue", "create", "q", "--fairness", "attribute(account)");
        var shown = (await CommandLine.RunAsync(host, "queue", "show", "q")).Output;
        shown.ShouldContain("\nfair                by attribute(account)\n");
        shown.ShouldContain("\ndelayed lane        0 messages, 0 noisy tenants, 0 deferred groups\n");
        (await CommandLine.RunAsync(host, "queue", "create", "r", "--fairness", "tenant")).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_queue_is_replayed_from_a_time_on()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        await CommandLine.RunAsync(host, "queue", "create", "q", "--fifo", "true", "--keep-consumed", "7d", "--leases-max", "3", "--deduplication-scope", "group");
        foreach (var _ in new[] { 1, 2 })
        {
            await CommandLine.RunAsync(host, "message", "remove", (await host.MailAsync("q")).ToString());
            _time.Now += TimeSpan.FromMinutes(1);
        }
        (await CommandLine.RunAsync(host, "queue", "show", "q")).Output.ShouldBe("""
            queue               q
            messages            0: 0 ready, 0 delayed, 0 leased, 0 held
            size                0 B
            consumed            2 kept, 48 B
            paused              no
            visibility timeout  30s
            order               first in, first out in each group
            deduplication       5m by group
            keeps consumed      7d
            most leases         3
            retention           for ever

            """);

        var result = await CommandLine.RunAsync(host, "queue", "replay", "q", "--from", (_time.Now - TimeSpan.FromMinutes(1)).ToString("O"), "--into", "again");

        result.ExitCode.ShouldBe(0);
        (host.Count("again"), (await host.Client.GetQueueAsync("q")).Consumed).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Messages_are_listed_with_what_matters_of_them()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        await host.MailAsync("q", "ann@one.test", "x@to.test", error: "451 4.7.1 later\r\nplease", priority: 7, attributes: new Dictionary<string, AttributeValue>
        {
            ["mail.attempts"] = "3",
        });
        await host.MailAsync("q", "", "y@to.test", attributes: new Dictionary<string, AttributeValue> { ["mail.subject"] = "Grüße [red]\e[31m" });

        _time.Now += TimeSpan.FromHours(5);

        var result = await CommandLine.RunAsync(host, "message", "list", "--queue", "q", "--older-than", "0s");

        result.Output.ShouldBe("""
            ID             QUEUE  STATE  PRIO  AGE  TRIES  SIZE  FROM          TO         ABOUT
            0000000000001  q      ready     7  5 h      3  24 B  ann@one.test  x@to.test  451 4.7.1 later  please
            0000000000002  q      ready     5  5 h      0  24 B  <>            y@to.test  Grüße [red] [31m

            """);
    }

    [Fact]
    public async Task The_shape_is_a_table_and_a_histogram()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", recipient: "x@one.test");
        await host.MailAsync("q", recipient: "x@two.test");

        var result = await CommandLine.RunAsync(host, "queue", "shape", "q");

        result.Output.ShouldStartWith("""
            DESTINATION  TOTAL  <5m  <10m  <20m  <40m  <1h20m  <2h40m  <5h20m  <10h40m  <21h20m  21h20m+
            TOTAL            2    2     .     .     .       .       .       .        .        .        .
            one.test         1    1     .     .     .       .       .       .        .        .        .
            two.test         1    1     .     .     .       .       .       .        .        .        .

                <5m  ################################################## 2
               <10m

            """);
    }

    [Fact]
    public async Task A_trace_reads_like_a_story()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        var sent = await host.Client.SendAsync("q", "x"u8.ToArray());
        _time.Now += TimeSpan.FromSeconds(1.5);
        var received = (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem();
        _time.Now += TimeSpan.FromMilliseconds(20);
        await host.Client.AckAsync(received.Handle);

        var result = await CommandLine.RunAsync(host, "trace", sent.Id);

        result.Output.ShouldBe($"""
            message {sent.Id}  2026-11-21
              12:00:00.000           accepted       q  1 bytes by http from account admin  [127.0.0.1]
              12:00:01.500     +1 s  leased         q  by account admin, until 12:00:31Z
              12:00:01.520   +20 ms  consumed       q  by account admin

            """);
        (await CommandLine.RunAsync(host, "trace", "nobody@example.test")).ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task Destinations_of_several_nodes_say_whose_they_are_and_what_is_not_known_of_them()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        host.Parts.Destinations.All.Add(new DestinationStatus { Name = "mx.a.test", Domains = ["a.test"], Queued = 1, Connections = 2, ConcurrencyLimit = 5, Delivered = 1_234, Node = "mail1" });
        host.Parts.Destinations.All.Add(new DestinationStatus { Name = "mx.b.test", Domains = ["b.test"], Queued = 2, ConcurrencyLimit = 5, Node = "mail3", IsUntold = true });
        host.Parts.Destinations.Nodes.AddRange([new TellingNode("mail1", TimeSpan.FromSeconds(1.9), 0), new TellingNode("mail2", TimeSpan.FromSeconds(75), 1_000), new TellingNode("mail3", null, 0)]);

        var list = await CommandLine.RunAsync(host, "destination", "list");
        list.Output.ShouldBe("""
            DESTINATION  QUEUED  READY  OLDEST  CONNS  LIMIT  DELIVERED  FAILED  STATE   NODE   LAST REPLY
            mx.a.test         1      0              2      5      1,234       0  active  mail1
            mx.b.test         2      0              ?      ?          ?       ?  ?       mail3

            """);
        list.Error.ShouldBe("""
            mail2 told of its destinations 1 m ago.
            mail2 has 1,000 destinations more than it told of; ask it with --server.
            mail3 has not told of its destinations: '?' stands for what only it knows.

            """);
        (await CommandLine.RunAsync(host, "destination", "show", "b.test")).Output.ShouldContain("since start  not known: mail3 has not told of it\n");
        var sources = (await host.Client.ListDestinationsAsync()).Nodes.ShouldNotBeNull();
        sources.Select(n => (n.Name, n.Age, n.LeftOff)).ShouldBe([("mail1", TimeSpan.FromSeconds(1.9), 0), ("mail2", TimeSpan.FromSeconds(75), 1_000), ("mail3", null, 0)]);
    }

    [Fact]
    public async Task Destinations_say_what_they_do()
    {
        await using var host = await AdminHost.StartAsync(time: _time);
        host.Parts.Destinations.All.Add(new DestinationStatus
        {
            Name = "mx.slow.test", Domains = ["slow.test"], Queued = 14, Ready = 3, State = DestinationState.BackingOff, ConcurrencyLimit = 1,
            BackingOffUntil = _time.Now.AddMinutes(5), LastReply = "451 4.7.1 Greylisted",
        });

        (await CommandLine.RunAsync(host, "destination", "list")).Output.ShouldBe("""
            DESTINATION   QUEUED  READY  OLDEST  CONNS  LIMIT  DELIVERED  FAILED  STATE                        LAST REPLY
            mx.slow.test      14      3              0      1          0       0  backing-off, goes on in 5 m  451 4.7.1 Greylisted

            """);
        (await CommandLine.RunAsync(host, "destination", "suspend", "slow.test", "--for", "2h")).Output.ShouldContain("state        suspended, goes on in 2 h\n");
        var order = (await host.Client.ListOrdersAsync()).ShouldHaveSingleItem();
        (await CommandLine.RunAsync(host, "order", "list")).Output.ShouldBe($"""
            ID        ACTION   DOMAIN     SENDER  RECIPIENT  ENDS     AGE  BY     REASON
            {order.Id}  suspend  slow.test  any     any        in 2 h  0 ms  admin  by admin

            """);
    }

    [Fact]
    public async Task A_grave_command_on_a_filter_shows_the_count_and_asks()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q");
        await host.MailAsync("q");

        var unasked = await CommandLine.RunAsync(host, "message", "remove", "--queue", "q");
        (unasked.ExitCode, host.Count("q")).ShouldBe((2, 2));
        unasked.Error.ShouldContain("remove 2 messages?");
        (await CommandLine.AnswerAsync(host, "n\n", "message", "remove", "--queue", "q")).ExitCode.ShouldBe(4);
        host.Count("q").ShouldBe(2);
        var dry = await CommandLine.RunAsync(host, "message", "remove", "--queue", "q", "--dry-run");
        dry.Output.ShouldStartWith("remove would take 2 messages:");
        host.Count("q").ShouldBe(2);
        var yes = await CommandLine.AnswerAsync(host, "y\n", "message", "remove", "--queue", "q");
        (yes.ExitCode, yes.Output).ShouldBe((0, "remove (in q): 2 messages done\n"));
        (await CommandLine.RunAsync(host, "message", "remove", "--queue", "q")).Output.ShouldBe("No message is selected.\n");
    }

    [Fact]
    public async Task Named_messages_are_not_asked_for()
    {
        await using var host = await AdminHost.StartAsync();
        var id = (await host.MailAsync("q")).ToString();

        (await CommandLine.RunAsync(host, "message", "hold", id)).ExitCode.ShouldBe(0);
        (await CommandLine.RunAsync(host, "message", "show", id)).Output.ShouldContain("state     held\n");
        (await CommandLine.RunAsync(host, "message", "remove", id)).ExitCode.ShouldBe(0);
        var gone = await CommandLine.RunAsync(host, "message", "remove", id);
        gone.ExitCode.ShouldBe(3);
        gone.Error.ShouldContain($"posthorn trace {id}");
    }

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2, "queue")]
    [InlineData(2, "queue", "create", "q", "--delay", "soon")]
    [InlineData(2, "queue", "create", "q", "--max-size", "big")]
    [InlineData(2, "message", "remove")]
    [InlineData(2, "message", "remove", "--all", "--queue", "q")]
    [InlineData(2, "message", "list", "--state", "odd")]
    [InlineData(2, "message", "list", "--header", "=x")]
    [InlineData(2, "send", "--subject", "x")]
    [InlineData(2, "send", "--queue", "q", "--to", "a@b")]
    [InlineData(2, "queue", "list", "--server", "nowhere://")]
    [InlineData(2, "queue", "list", "--jsn")] // a misspelt option is no prefix of queues' names
    [InlineData(2, "queue", "purge", "-yes")]
    [InlineData(2, "message", "remove", "--al")]
    [InlineData(2, "message", "priority", "--all", "--to", "12")] // refused by the server, but a wrong command line all the same
    [InlineData(2, "message", "bounce", "--all", "--yes", "--reason", "sorry")]
    [InlineData(3, "queue", "show", "nope")]
    [InlineData(3, "queue", "show", "--", "-nope")]
    [InlineData(3, "message", "show", "0000000000ZZZ")]
    [InlineData(3, "task", "show", "nope")]
    [InlineData(3, "order", "cancel", "nope")]
    [InlineData(4, "queue", "delete", "spool/outgoing", "--yes")]
    [InlineData(1, "queue", "list", "--server", "http://127.0.0.1:1")]
    public async Task Each_kind_of_failure_has_its_exit_code_and_one_line_on_standard_error(int code, params string[] args)
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("spool/outgoing");

        var result = await CommandLine.RunAsync(host, args);

        result.ExitCode.ShouldBe(code);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldStartWith("posthorn: ");
    }

    [Fact]
    public async Task What_needs_no_server_answers_in_json_too()
    {
        var folder = Directory.CreateTempSubdirectory("posthorn-").FullName;
        var file = Path.Combine(folder, "posthorn.yaml");
        await File.WriteAllTextAsync(file, "hostname: mail.test\naccounts: [ { name: a, password: secret } ]\n");

        var config = JsonNode.Parse((await OfflineAsync("config", "check", "--config", file, "--json")).Output)!;
        var version = JsonNode.Parse((await OfflineAsync("version", "--json")).Output)!;

        config["settings"]![0]!["key"]!.GetValue<string>().ShouldBe("hostname");
        config["settings"]![0]!["location"]!.GetValue<string>().ShouldBe($"{file}:1:11");
        config.ToJsonString().ShouldNotContain("secret");
        config["warnings"]![0]!["key"]!.GetValue<string>().ShouldBe("accounts");
        version["version"]!.GetValue<string>().ShouldBe((await OfflineAsync("version")).Output.Trim());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Help_calls_the_program_by_its_name()
    {
        var result = await OfflineAsync("queue", "--help");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldContain("posthorn queue [command]");
    }

    [Fact]
    public async Task Json_is_the_document_of_the_API()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", attributes: new Dictionary<string, AttributeValue> { ["mail.subject"] = "Grüße" });

        var list = JsonNode.Parse((await CommandLine.RunAsync(host, "queue", "list", "--json")).Output)!;
        list["queues"]![0]!["settings"]!["visibilityTimeout"]!.GetValue<double>().ShouldBe(30);
        var messages = await CommandLine.RunAsync(host, "message", "list", "--json");
        messages.Output.ShouldContain("\"subject\": \"Grüße\"");
        JsonNode.Parse(messages.Output)!["messages"]![0]!["state"]!.GetValue<string>().ShouldBe("ready");
    }

    [Fact]
    public async Task What_is_sent_is_received_byte_for_byte()
    {
        await using var host = await AdminHost.StartAsync();
        var body = Encoding.UTF8.GetBytes("first\0second\n");

        var sent = await CommandLine.RunAsync(host.Address.ToString(), body, isInputTerminal: false, TimeProvider.System, "send", "--queue", "q", "--attribute", "colour=red");
        sent.Output.Trim().Length.ShouldBe(13);
        var looked = await CommandLine.RunAsync(host, "receive", "q", "--no-ack");
        looked.Output.ShouldBe("first\0second\n");
        looked.Error.ShouldContain("colour: red");
        host.Count("q").ShouldBe(1);
        var folder = Directory.CreateTempSubdirectory("posthorn-").FullName;
        var taken = await CommandLine.RunAsync(host, "receive", "q", "--output", folder);
        (await File.ReadAllBytesAsync(taken.Output.Trim())).ShouldBe(body);
        host.Count("q").ShouldBe(0);
        (await CommandLine.RunAsync(host, "receive", "q")).Error.ShouldBe("No messages.\n");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_mail_written_on_the_command_line_is_a_whole_mail()
    {
        await using var host = await AdminHost.StartAsync();

        var result = await CommandLine.RunAsync(
            host, "send", "--from", "ann@one.test", "--to", "x@to.test", "--to", "y@to.test", "--subject", "Grüße", "--body", "Hallo Köln");

        result.ExitCode.ShouldBe(0);
        var mail = await CommandLine.RunAsync(host, "message", "body", result.Output.Trim());
        mail.Output.ShouldContain("\r\nFrom: ann@one.test\r\nTo: x@to.test, y@to.test\r\nSubject: =?utf-8?");
        mail.Output.ShouldContain("\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHallo K=C3=B6ln\r\n");
        host.Parts.Submissions[0].Envelope.Recipients.Select(r => r.Address).ShouldBe(["x@to.test", "y@to.test"]);
    }

    private static Task<CommandLine> OfflineAsync(params string[] args) =>
        CommandLine.RunAsync("http://127.0.0.1:1", [], isInputTerminal: false, TimeProvider.System, args);
}
