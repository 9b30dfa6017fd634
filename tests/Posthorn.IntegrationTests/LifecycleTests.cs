using System.Diagnostics;
using System.Net.Sockets;

namespace Posthorn.IntegrationTests;

/// <summary>How the program starts, says so, ends, and explains itself.</summary>
public sealed class LifecycleTests
{
    private static readonly byte[] Content = "Subject: x\r\n\r\n"u8.ToArray();

    [Fact]
    public async Task It_prints_its_listeners_and_then_ready()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        var lines = posthorn.Process.OutputLines;
        var ready = Array.IndexOf(lines, "ready");
        lines.Take(ready).ShouldContain($"listening smtp {posthorn.Smtp}");
        lines.Take(ready).ShouldContain($"listening http {posthorn.Listener("http")}");
        (await FreePort.IsServedAsync(posthorn.Smtp.Port)).ShouldBeTrue();
        (await FreePort.IsServedAsync(posthorn.Listener("http").Port)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_start_that_need_not_build_is_quick()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        (await posthorn.StopAsync()).ShouldBe(0);
        var watch = Stopwatch.StartNew();
        await posthorn.StartAgainAsync();
        Repository.Report("start", $"{watch.ElapsedMilliseconds} ms to ready");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10)); // under one on a machine with nothing else to do
    }

    [Fact]
    public async Task SIGTERM_lets_a_mail_that_is_on_its_way_in_be_finished_and_exits_0()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.SayAsync("MAIL FROM:<a@client.test>")).Expect(250);
        (await talk.SayAsync("RCPT TO:<box@box.test>")).Expect(250);
        (await talk.SayAsync("DATA")).Expect(354);
        await talk.WriteAsync(Content);
        posthorn.Process.Signal(ChildProcess.Terminate);
        await Until.TrueAsync(async () => !await IsAcceptingAsync(posthorn), "no new connection is served");
        await talk.WriteAsync(".\r\n"u8.ToArray());
        (await talk.ReadAnswerAsync()).Expect(250);
        (await posthorn.Process.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        await posthorn.StartAgainAsync();
        await Until.TrueAsync(async () => (await posthorn.Client.ListQueuesAsync("box")).Any(q => q.Messages == 1), "the mail is in its mailbox");
    }

    [Fact]
    public async Task Idle_connections_do_not_hold_a_SIGTERM_up()
    {
        await using var posthorn = await PosthornProcess.StartAsync();
        await using var idle = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        await using var greeted = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await greeted.SayAsync("EHLO client.test")).Expect(250);
        (await posthorn.StopAsync(TimeSpan.FromSeconds(15))).ShouldBe(0);
    }

    [Fact]
    public async Task Mail_that_waits_survives_a_stop_and_a_start()
    {
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var posthorn = await PosthornProcess.StartAsync($$"""
            pipeline: { root: [ { deliver: outgoing } ] }
            outgoing: { relay: "127.0.0.1:{{relay.Port}}", schedule: 1000*200ms }
            """);
        await using (var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            for (var i = 0; i < 10; i++)
                (await talk.MailAsync("a@client.test", ["b@sink.test"], Content)).Expect(250);
        }
        (await posthorn.StopAsync()).ShouldBe(0);
        await posthorn.StartAgainAsync();
        relay.Listen();
        await Until.TrueAsync(() => relay.Count == 10, "all of it is delivered");
    }

    [Fact]
    public async Task The_demo_shows_each_timeline_and_ends_by_itself()
    {
        var demo = await ChildProcess.RunAsync(Repository.Program, ["demo"], within: TimeSpan.FromMinutes(1));
        demo.ExitCode.ShouldBe(0, demo.ToString());
        demo.Output.ShouldContain("accepted", Case.Insensitive);
        demo.Output.ShouldContain("delivered", Case.Insensitive);
        demo.Output.ShouldContain("bounce", Case.Insensitive);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("queue --help")]
    [InlineData("message --help")]
    [InlineData("send --help")]
    [InlineData("receive --help")]
    [InlineData("trace --help")]
    [InlineData("destination --help")]
    public async Task Every_command_explains_itself(string command)
    {
        var help = await ChildProcess.RunAsync(Repository.Program, command.Split(' '));
        help.ExitCode.ShouldBe(0, help.ToString());
        help.Output.ShouldContain("Usage", Case.Insensitive);
    }

    [Fact]
    public async Task A_command_without_a_server_says_so()
    {
        var result = await ChildProcess.RunAsync(Repository.Program, ["queue", "list", "--server", $"http://127.0.0.1:{FreePort.Take()}"]);
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("127.0.0.1");
        result.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
    }

    private static async Task<bool> IsAcceptingAsync(PosthornProcess posthorn)
    {
        try
        {
            await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
            return talk.Greeting.IsPositive;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }
}
