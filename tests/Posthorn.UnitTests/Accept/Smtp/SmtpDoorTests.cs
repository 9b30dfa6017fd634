using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>The doors as a host wires them, on Kestrel and real sockets.</summary>
public sealed class SmtpDoorTests
{
    [Fact]
    public async Task A_host_with_the_doors_takes_mail_and_drains_when_it_stops()
    {
        var options = new PosthornOptions { Hostname = "mx.example.test", Listen = new() { Smtp = new(IPAddress.Loopback, 0), Lmtp = new(IPAddress.Loopback, 0), Pop3 = null, Imap = null } };
        await using var engine = new ReferenceEngine(TimeProvider.System);
        await using var app = Build(options, engine);
        await app.StartAsync();
        var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port).ToList();
        ports.Count.ShouldBe(2);

        using var smtp = await ConnectAsync(ports[0]);
        await HearAsync(smtp, "220 mx.example.test ESMTP Posthorn");
        await SayAsync(smtp, "HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<mq@example.test>\r\nDATA\r\n");
        await HearAsync(smtp, "250 mx.example.test", "250 2.1.0 sender ok", "250 2.1.5 recipient ok", "354 end data with <CR><LF>.<CR><LF>");
        await SayAsync(smtp, "Subject: x\r\n\r\n.\r\n");
        await HearAsync(smtp, "250 2.0.0 Ok: queued as 0000000000001");

        using var lmtp = await ConnectAsync(ports[1]);
        await HearAsync(lmtp, "220 mx.example.test LMTP Posthorn");

        var stopped = app.StopAsync();
        await HearAsync(smtp, "421 4.3.2 shutting down, try again later");
        await HearAsync(lmtp, "421 4.3.2 shutting down, try again later");
        await stopped;
        var mails = new List<Message>();
        await foreach (var mail in engine.BrowseAsync(SpoolQueues.Root, MessageFilter.All))
            mails.Add(mail);
        mails.Single().Envelope.Recipients.Single().Address.ShouldBe("mq@example.test");
    }

    private static WebApplication Build(PosthornOptions options, IEngine engine)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(engine);
        builder.Services.AddSingleton<IAddressBook, AddressBook>();
        builder.Services.AddSingleton<MailboxQuota>();
        builder.Services.AddSingleton<IAccounts>(new AccountBook(options.Accounts));
        builder.Services.AddSingleton<ITimeline, RecordingTimeline>();
        builder.Services.AddSmtpDoor(_ => null);
        builder.WebHost.ConfigureKestrel(k => k.ListenSmtp(options.Listen));
        return builder.Build();
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static Task SayAsync(Socket socket, string text) => socket.SendAsync(Encoding.ASCII.GetBytes(text)).WaitAsync(TimeSpan.FromSeconds(30));

    private static async Task HearAsync(Socket socket, params string[] lines)
    {
        var expected = string.Concat(lines.Select(l => l + "\r\n"));
        var heard = new byte[expected.Length];
        for (var at = 0; at < heard.Length;)
        {
            var count = await socket.ReceiveAsync(heard.AsMemory(at)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            count.ShouldBeGreaterThan(0, $"closed after: {Encoding.ASCII.GetString(heard, 0, at)}");
            at += count;
        }
        Encoding.ASCII.GetString(heard).ShouldBe(expected);
    }
}
