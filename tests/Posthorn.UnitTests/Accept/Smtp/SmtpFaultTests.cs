using Posthorn.Engine;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>What the client hears when the server or the connection fails, and what is kept.</summary>
public sealed class SmtpFaultTests
{
    public static TheoryData<Exception, string> CommitFaults => new()
    {
        { new StorageFullException("no space"), "452 4.3.1 insufficient system storage, try again later" },
        { new QueueFullException(SpoolQueues.Root, isMessageTooLarge: false, "full"), "452 4.2.2 mailbox full" },
        { new QueueFullException(SpoolQueues.Root, isMessageTooLarge: true, "large"), "552 5.3.4 message larger than the limit" },
        { new EngineUnavailableException("the database is away"), "451 4.3.0 cannot be kept now, try again later" },
        { new EngineFailedException("fsync failed"), "421 4.3.0 out of service, try again later" },
        { new InvalidOperationException("a fault of ours"), "421 4.3.0 out of service, try again later" },
    };

    [Theory]
    [MemberData(nameof(CommitFaults))]
    public async Task A_mail_that_could_not_be_kept_is_not_acknowledged(Exception fault, string reply)
    {
        await using var host = new SmtpHost();
        host.Engine.CommitFault = fault;
        var client = await InDataAsync(host);
        await client.SendAsync("Subject: x", "", ".");
        await client.ReceiveAsync(reply);
        (await host.MailsAsync()).ShouldBeEmpty();
        host.Timeline.Events.ShouldBeEmpty();
        if (reply.StartsWith("421", StringComparison.Ordinal))
        {
            await client.ClosedAsync();
            return;
        }
        host.Engine.CommitFault = null; // space has come back
        await client.SendAsync("MAIL FROM:<a@b.example>", "RCPT TO:<r@example.test>", "BDAT 0 LAST");
        for (var i = 0; i < 3; i++)
            (await client.ReplyAsync()).ShouldStartWith("250");
        (await host.MailsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_disk_that_fills_up_within_a_mail_is_told_at_its_end()
    {
        await using var host = new SmtpHost();
        host.Engine.FlushFault = new StorageFullException("no space");
        var client = await InDataAsync(host);
        await client.SendAsync("Subject: x");
        await client.SendAsync("", "more", ".");
        await client.ReceiveAsync("452 4.3.1 insufficient system storage, try again later");
        await client.AskAsync("NOOP", 250);
    }

    [Theory]
    [InlineData(EngineState.Full, "452 4.3.1 insufficient system storage, try again later")]
    [InlineData(EngineState.Failed, "421 4.3.0 out of service, try again later")]
    public async Task An_engine_that_cannot_take_mail_is_told_at_MAIL(EngineState state, string reply)
    {
        await using var host = new SmtpHost();
        host.Engine.StatedHealth = new EngineHealth(state, "why", 0);
        var client = host.Connect();
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", reply);
    }

    [Fact]
    public async Task A_client_that_leaves_within_a_mail_leaves_nothing()
    {
        await using var host = new SmtpHost();
        var client = await InDataAsync(host);
        await client.SendAsync("Subject: x", "", "..");
        await client.Output.CompleteAsync();
        await client.ClosedAsync();
        (await host.MailsAsync()).ShouldBeEmpty();
        host.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_mail_whose_end_has_come_is_kept_though_the_client_is_gone()
    {
        await using var host = new SmtpHost();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Engine.Gate = gate.Task;
        var client = await InDataAsync(host);
        await client.SendAsync("Subject: x", "", ".");
        await host.Engine.CommitBegun.Task;
        await client.Output.CompleteAsync(new IOException("reset"));
        await client.Input.CompleteAsync();
        gate.SetResult();
        await client.Session;
        (await host.MailsAsync()).Count.ShouldBe(1);
        host.Timeline.Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_no_error_of_ours()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        await client.Output.CompleteAsync(new Microsoft.AspNetCore.Connections.ConnectionResetException("reset"));
        await client.Session;
        host.Log.Lines.ShouldNotContain(l => l.Level > Microsoft.Extensions.Logging.LogLevel.Information);
    }

    [Fact]
    public async Task When_the_server_stops_idle_sessions_end_at_once()
    {
        await using var host = new SmtpHost();
        var client = host.Connect();
        await client.HelloAsync();
        client.Connection.RequestClose();
        await client.ReceiveAsync("421 4.3.2 shutting down, try again later");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task When_the_server_stops_a_mail_may_be_finished()
    {
        await using var host = new SmtpHost();
        var client = await InDataAsync(host);
        await client.SendAsync("Subject: x");
        client.Connection.RequestClose();
        await client.SendAsync("", "more");
        await client.SendAsync(".", "NOOP");
        (await client.ReplyAsync()).ShouldStartWith("250 2.0.0 Ok: queued as ");
        await client.ReceiveAsync("421 4.3.2 shutting down, try again later");
        await client.ClosedAsync();
        (await host.MailsAsync()).Count.ShouldBe(1);
    }

    private static async Task<SmtpClient> InDataAsync(SmtpHost host)
    {
        var client = host.Connect(SmtpDoor.Smtp);
        await client.HelloAsync();
        await client.AskAsync("MAIL FROM:<a@b.example>", 250);
        await client.AskAsync("RCPT TO:<r@example.test>", 250);
        await client.AskAsync("DATA", 354);
        return client;
    }
}
