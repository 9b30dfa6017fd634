using System.IO.Pipelines;
using System.Text;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>What a session does at each of its bounds: the last that passes, and the first that does not.</summary>
public sealed class SmtpLimitTests
{
    private const string TimedOut = "421 4.4.2 timed out, closing";

    [Fact]
    public async Task A_line_that_is_too_long_is_answered_and_the_session_goes_on()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("NOOP " + new string('x', 2_048 - 7), "250 2.0.0 ok");
        await client.AskAsync("NOOP " + new string('x', 2_048 - 6), "500 5.5.2 line too long");
        await client.AskAsync(new string('x', 100_000), "500 5.5.2 line too long");
        await client.AskAsync("NOOP a\nb", "500 5.5.2 control characters in a command; lines end with <CR><LF>");
        await client.AskAsync("NOOP", "250 2.0.0 ok");
    }

    [Fact]
    public async Task Recipients_beyond_the_limit_wait_for_another_mail()
    {
        await using var host = Host(new SmtpOptions { RecipientsMax = 3 });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        for (var i = 0; i < 3; i++)
            await client.AskAsync($"RCPT TO:<r{i}@example.test>", 250);
        for (var i = 0; i < 3; i++)
            await client.AskAsync("RCPT TO:<more@example.test>", "452 4.5.3 too many recipients");
        await client.AskAsync("DATA", 354);
        await client.AskAsync(".", 250);
        (await host.MailAsync()).Envelope.Recipients.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Recipients_twice_beyond_the_limit_end_the_session()
    {
        await using var host = Host(new SmtpOptions { RecipientsMax = 1 });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.AskAsync("RCPT TO:<more@example.test>", 452);
        await client.AskAsync("RCPT TO:<more@example.test>", "421 4.7.0 too many errors, closing");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_declared_size_is_refused_at_MAIL()
    {
        await using var host = Host(new SmtpOptions { MessageBytesMax = 1_000 });
        var client = host.Connect();
        (await client.HelloAsync()).ShouldContain("SIZE 1000");
        await client.AskAsync("MAIL FROM:<a@b.example> SIZE=1001", "552 5.3.4 message larger than the limit");
        await client.AskAsync("MAIL FROM:<a@b.example> SIZE=1000", 250);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public async Task Bytes_are_counted_as_they_come_whatever_size_was_declared(int length, bool isTaken)
    {
        await using var host = Host(new SmtpOptions { MessageBytesMax = 1_000 });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example> SIZE=10", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.AskAsync("DATA", 354);
        await client.SendAsync(new string('x', length - 2), ".");
        (await client.ReplyAsync()).ShouldStartWith(isTaken ? "250 2.0.0 Ok" : "552 5.3.4 message larger than the limit");
        await client.AskAsync("NOOP", 250); // the end was found, whatever became of the mail
        (await host.MailsAsync()).Count.ShouldBe(isTaken ? 1 : 0);
    }

    [Fact]
    public async Task A_chunk_that_makes_the_mail_too_large_is_thrown_away_and_so_is_the_rest()
    {
        await using var host = Host(new SmtpOptions { MessageBytesMax = 10 });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.SendAsync("BDAT 6", "abcd", "BDAT 7", "abcde", "BDAT 4", "ab", "BDAT 0 LAST", "NOOP");
        await client.ReceiveAsync(
            "250 2.0.0 chunk ok",
            "552 5.3.4 message larger than the limit",
            "503 5.5.1 an earlier chunk was refused, RSET first",
            "503 5.5.1 an earlier chunk was refused, RSET first",
            "250 2.0.0 ok");
        await client.AskAsync("MAIL FROM:<a@b.example>", 250); // LAST has ended it
        (await host.MailsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_chunk_announced_larger_than_any_mail_may_be_is_not_stored()
    {
        await using var host = Host(new SmtpOptions { MessageBytesMax = 10 });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.SendAsync("BDAT 1000000 LAST");
        await client.SendBytesAsync(new byte[1_000_000]);
        await client.ReceiveAsync("552 5.3.4 message larger than the limit");
        await client.AskAsync("NOOP", 250);
    }

    [Fact]
    public async Task Many_mails_end_a_session_and_the_client_connects_again()
    {
        await using var host = Host(new SmtpOptions { MailsPerSessionMax = 2 });
        var client = host.Connect();
        await client.HelloAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("MAIL FROM:<a@b.example>", "RCPT TO:<r@example.test>", "BDAT 0 LAST");
            for (var j = 0; j < 3; j++)
                (await client.ReplyAsync()).ShouldStartWith("250");
        }
        await client.AskAsync("MAIL FROM:<a@b.example>", "421 4.7.0 too many mails in this session, connect again");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task Commands_without_a_mail_are_bounded_and_a_mail_gives_new_credit()
    {
        await using var host = Host(new SmtpOptions { CommandsBetweenMailsMax = 3 });
        var client = host.Connect();
        await client.HelloAsync(); // the first
        for (var i = 0; i < 2; i++)
            await client.AskAsync("NOOP", 250);
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.AskAsync("BDAT 0 LAST", 250);
        for (var i = 0; i < 3; i++)
            await client.AskAsync("NOOP", 250);
        await client.AskAsync("NOOP", "421 4.7.0 too many commands without a mail, closing");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task Errors_are_answered_late_and_then_end_the_session()
    {
        await using var host = Host(new SmtpOptions { ErrorsBeforeDelay = 1, ErrorsMax = 3, ErrorDelay = TimeSpan.FromSeconds(1) });
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("FOO", 500);
        var before = host.Clock.GetUtcNow();
        await client.SendAsync("FOO");
        var reply = client.ReplyAsync();
        while (!reply.IsCompleted)
        {
            host.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        (await reply).ShouldStartWith("500");
        (host.Clock.GetUtcNow() - before).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        await client.SendAsync("FOO");
        await client.ReceiveAsync("500 5.5.2 command not recognized", "421 4.7.0 too many errors, closing");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_mail_makes_errors_forgotten()
    {
        await using var host = Host(new SmtpOptions { ErrorsMax = 2 });
        var client = host.Connect();
        await client.HelloAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.AskAsync("FOO", "500 5.5.2 command not recognized");
            await client.AskAsync("MAIL FROM:<a@b.example>", 250);
            await client.AskAsync("RCPT TO:<r@example.test>", 250);
            await client.AskAsync("BDAT 0 LAST", 250);
        }
    }

    [Fact]
    public async Task Failed_authentications_end_the_session()
    {
        await using var host = new SmtpHost(new PosthornOptions
        {
            Accounts = [new() { Name = "a", Password = "right" }],
            Smtp = new SmtpOptions { AuthFailuresMax = 2, ErrorDelay = TimeSpan.Zero },
        });
        var client = host.Connect();
        await client.HelloAsync();
        var wrong = $"AUTH PLAIN {Convert.ToBase64String("\0a\0wrong"u8)}";
        await client.AskAsync(wrong, "535 5.7.8 authentication failed");
        await client.SendAsync(wrong);
        await client.ReceiveAsync("535 5.7.8 authentication failed", "421 4.7.0 too many failed authentications, closing");
        await client.ClosedAsync();
        host.Log.Lines.Count(l => l.Level == Microsoft.Extensions.Logging.LogLevel.Warning).ShouldBe(2);
    }

    [Fact]
    public async Task A_line_of_an_authentication_may_be_longer_than_a_command_but_not_endless()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("AUTH PLAIN", "334 ");
        await client.AskAsync(new string('A', 12_287), "500 5.5.6 authentication exchange line is too long");
        await client.AskAsync("AUTH PLAIN", "334 ");
        await client.AskAsync(Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0{new string('n', 200)}\0{new string('p', 4_000)}")), 235);
    }

    [Fact]
    public async Task Connections_are_bounded_in_all_and_for_each_address()
    {
        await using var host = Host(new SmtpOptions { ConnectionsMax = 5, ConnectionsPerAddressMax = 2 });
        var clients = new List<SmtpClient>();
        foreach (var peer in new[] { "192.0.2.1", "192.0.2.1" })
            clients.Add(await GreetedAsync(host, peer));
        var third = host.Connect(peer: "192.0.2.1");
        await third.ReceiveAsync("421 4.7.0 too many connections from your address");
        await third.ClosedAsync();
        foreach (var peer in new[] { "192.0.2.2", "127.0.0.1", "127.0.0.1" })
            clients.Add(await GreetedAsync(host, peer));
        host.Connections.ShouldBe(5);
        var sixth = host.Connect(peer: "127.0.0.1");
        await sixth.ReceiveAsync("421 4.3.2 too many connections, try again later");
        await sixth.ClosedAsync();
        await clients[0].AskAsync("QUIT", 221);
        await clients[0].ClosedAsync();
        await GreetedAsync(host, "192.0.2.1");
    }

    [Fact]
    public async Task One_IPv6_customer_counts_as_one_address()
    {
        await using var host = Host(new SmtpOptions { ConnectionsPerAddressMax = 1 });
        await GreetedAsync(host, "2001:db8:1:2::1");
        var second = host.Connect(peer: "2001:db8:1:2:3::4");
        await second.ReceiveAsync("421 4.7.0 too many connections from your address");
        await GreetedAsync(host, "2001:db8:1:3::1");
    }

    [Fact]
    public async Task A_silent_session_ends_after_five_minutes_and_not_before()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await client.AskAsync("NOOP", 250);
        host.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await client.AskAsync("NOOP", 250);
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await client.ReceiveAsync(TimedOut);
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_command_in_drops_does_not_hold_a_session()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        for (var i = 0; i < 5; i++)
        {
            await client.SendBytesAsync("x"u8.ToArray());
            host.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        await client.ReceiveAsync(TimedOut);
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_mail_may_pause_but_not_drip_for_ever()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.SendAsync("MAIL FROM:<a@b.example>", "RCPT TO:<r@example.test>", "DATA");
        for (var i = 0; i < 3; i++)
            await client.ReplyAsync();
        // 500 bytes buy a second; a byte a minute is over after the five minutes that everyone has, though it never paused as long.
        for (var minute = 0; minute < 5; minute++)
        {
            await client.SendUnansweredAsync("x"u8.ToArray());
            host.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        await client.ReceiveAsync(TimedOut);
        await client.ClosedAsync();
        (await host.MailsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_ends_with_its_day()
    {
        await using var host = Host(new SmtpOptions { SessionTimeMax = TimeSpan.FromMinutes(10), IdleTimeout = TimeSpan.FromMinutes(6) });
        var client = host.Connect();
        await client.HelloAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await client.AskAsync("NOOP", 250);
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await client.ReceiveAsync(TimedOut);
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_cut_off()
    {
        await using var host = new SmtpHost();
        var client = host.Connect(pipes: new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
        // The greeting and EHLO's answer fill the pipe, and nobody reads them.
        await client.Output.WriteAsync("EHLO x\r\n"u8.ToArray());
        while (!client.Connection.IsAborted)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }
        await client.Session;
    }

    private static SmtpHost Host(SmtpOptions smtp) => new(new PosthornOptions { Smtp = smtp });

    private static async Task<SmtpClient> GreetedAsync(SmtpHost host, string peer)
    {
        var client = host.Connect(peer: peer);
        await client.HelloAsync();
        return client;
    }
}
