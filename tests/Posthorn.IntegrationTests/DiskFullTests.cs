using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.IntegrationTests;

/// <summary>A disk without space refuses new mail for now, and nothing else: what is queued leaves, and space brings service back by itself.</summary>
public sealed class DiskFullTests
{
    private const int Megabytes = 400;
    private static readonly byte[] Content = new byte[90 * 1024];

    static DiskFullTests()
    {
        Array.Fill(Content, (byte)'x');
        "Subject: full\r\n\r\n"u8.CopyTo(Content);
        for (var i = 100; i < Content.Length - 2; i += 100)
            "\r\n"u8.CopyTo(Content.AsSpan(i));
        "\r\n"u8.CopyTo(Content.AsSpan(Content.Length - 2));
    }

    [Fact]
    public async Task On_a_full_disk_new_mail_gets_452_while_deliveries_and_removals_go_on_and_service_returns_with_space()
    {
        await using var disk = await SmallDisk.MountAsync(Megabytes);
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var posthorn = await PosthornProcess.StartAsync(Config(relay), Path.Combine(disk.Path, "data"));
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO full.test")).Expect(250);
        for (var i = 0; i < 20; i++)
            (await talk.MailAsync("a@client.test", ["out@sink.test", "box@box.test"], Content)).Expect(250);
        await Until.TrueAsync(async () => await CountAsync(posthorn, "box") == 20 && await OutgoingAsync(posthorn) == 20, "mails wait");

        disk.Fill();
        var accepted = 20 + await FillAsync(talk); // what is left of the segment in use still takes some
        await Until.TrueAsync(async () => await CountAsync(posthorn, "box") == accepted, "everything accepted is in the mailbox");

        relay.Listen();
        await Until.TrueAsync(async () => relay.Count == 20 && await OutgoingAsync(posthorn) == 0, "deliveries go on");
        foreach (var message in await posthorn.Client.ReceiveAsync("box", new ReceiveOptions { Max = 10 }))
            await posthorn.Client.AckAsync(message.Handle);
        (await CountAsync(posthorn, "box")).ShouldBe(accepted - 10);
        var removed = (await posthorn.MessagesAsync("box"))[0];
        await posthorn.Client.RemoveMessageAsync(removed.Id);
        (await CountAsync(posthorn, "box")).ShouldBe(accepted - 11);

        disk.Free();
        await Until.TrueAsync(async () => (await SendAsync(posthorn)).IsPositive, "service resumes by itself");
        await Until.TrueAsync(async () => await CountAsync(posthorn, "box") == accepted - 10, "the new mail is in the mailbox");
        (await posthorn.StopAsync()).ShouldBe(0);
        await posthorn.StartAgainAsync();
        (await CountAsync(posthorn, "box")).ShouldBe(accepted - 10);
    }

    [Fact]
    public async Task A_queue_that_fills_its_disk_loses_nothing_and_goes_on_when_it_is_emptied()
    {
        await using var disk = await SmallDisk.MountAsync(Megabytes);
        await using var relay = new RecordingSmtpServer(isListening: false);
        await using var posthorn = await PosthornProcess.StartAsync(Config(relay), Path.Combine(disk.Path, "data"));
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO full.test")).Expect(250);
        var accepted = await FillAsync(talk);
        await Until.TrueAsync(async () => await CountAsync(posthorn, "box") == accepted, "what was accepted is in the mailbox");

        await posthorn.KillAsync();
        await posthorn.StartAgainAsync();
        (await CountAsync(posthorn, "box")).ShouldBe(accepted, "a start on a full disk loses nothing");
        await posthorn.Client.WaitAsync(await posthorn.Client.PurgeQueueAsync("box"));
        await Until.TrueAsync(async () => (await SendAsync(posthorn)).IsPositive, "space is made of what was removed");
    }

    /// <summary>Sends until it is refused, as it has to be; how many were accepted.</summary>
    private static async Task<int> FillAsync(SmtpTalk talk)
    {
        var accepted = 0;
        SmtpAnswer answer;
        while ((answer = await talk.MailAsync("a@client.test", ["box@box.test"], Content)).IsPositive)
            (++accepted).ShouldBeLessThan(Megabytes * 1024 / 80, "the disk holds no more than that");
        answer.Code.ShouldBe(452);
        answer.ToString().ShouldContain("4.3.1");
        return accepted;
    }

    private static async Task<SmtpAnswer> SendAsync(PosthornProcess posthorn)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        (await talk.SayAsync("EHLO full.test")).Expect(250);
        return await talk.MailAsync("a@client.test", ["box@box.test"], Content);
    }

    private static string Config(RecordingSmtpServer relay) => $$"""
        addresses: { box@box.test: box }
        pipeline:
          root:
            - if: recipient-is-local
              deliver: mailbox
            - deliver: outgoing
        outgoing: { relay: "127.0.0.1:{{relay.Port}}", schedule: 1000*500ms }
        """;

    private static async Task<int> OutgoingAsync(PosthornProcess posthorn) =>
        (await posthorn.MessagesAsync(new MessageQuery { Domain = "sink.test" })).Count(m => m.Queue is "spool/outgoing" or "spool/deferred");

    private static async Task<long> CountAsync(PosthornProcess posthorn, string queue) =>
        (await posthorn.Client.ListQueuesAsync(queue)).FirstOrDefault(q => q.Name == queue)?.Messages ?? 0;
}
