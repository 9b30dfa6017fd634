using System.Text;
using Posthorn.Client;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Queues;
using Posthorn.Server.Operate.Admin.Sending;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class SendingApiTests
{
    [Fact]
    public async Task A_message_goes_in_with_all_it_carries_and_comes_out_the_same()
    {
        await using var host = await AdminHost.StartAsync();
        byte[] body = [0, 255, 10, 13, 0];

        var sent = await host.Client.SendAsync("orders", body, new SendOptions
        {
            Priority = 8, Group = "Köln", Attributes = new Dictionary<string, string> { ["Colour"] = "grün & rot" },
        });
        var received = (await host.Client.ReceiveAsync("orders", new ReceiveOptions { Visibility = TimeSpan.FromMinutes(5) })).ShouldHaveSingleItem();

        received.Body.ShouldBe(body);
        (received.Message.Id, received.Message.Priority, received.Message.Group).ShouldBe((sent.Id, 8, "Köln"));
        received.Attributes["Colour"].Text.ShouldBe("grün & rot");
        await host.Client.AckAsync(received.Handle);
        host.Count("orders").ShouldBe(0);
    }

    [Fact]
    public async Task What_is_put_into_a_queue_keeps_its_type_and_its_attributes()
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/queues/pictures/messages") { Content = new ByteArrayContent([0, 255]) };
        request.Content.Headers.ContentType = new("image/png");
        request.Headers.TryAddWithoutValidation("X-Attribute-Colour", "gr%C3%BCn");
        request.Headers.ExpectContinue = true;

        ((int)(await http.SendAsync(request)).StatusCode).ShouldBe(201);

        var received = (await host.Client.ReceiveAsync("pictures")).ShouldHaveSingleItem();
        received.Body.ShouldBe([0, 255]);
        (received.Attributes["Colour"].Text, received.Attributes["content-type"].Text).ShouldBe(("grün", "image/png"));
    }

    [Fact]
    public async Task A_large_body_is_streamed_in_and_fetched_by_its_handle()
    {
        await using var host = await AdminHost.StartAsync();
        var body = new byte[5_000_000];
        new Random(7).NextBytes(body);

        await host.Client.SendAsync("q", new MemoryStream(body));
        var received = (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem();
        received.Body.ShouldBeNull();
        var read = new MemoryStream();
        await using (var stream = await host.Client.OpenAsync(received))
            await stream.CopyToAsync(read);

        read.ToArray().ShouldBe(body);
    }

    [Fact]
    public async Task The_same_key_sends_once()
    {
        await using var host = await AdminHost.StartAsync();
        var options = new SendOptions { IdempotencyKey = "order 17" };

        var first = await host.Client.SendAsync("q", "x"u8.ToArray(), options);
        var second = await host.Client.SendAsync("q", "x"u8.ToArray(), options);
        await host.Client.SendAsync("other", "x"u8.ToArray(), options);

        second.ShouldBe(first with { IsRepeat = true });
        (host.Count("q"), host.Count("other")).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_lease_is_extended_and_given_back()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.SendAsync("q", "x"u8.ToArray());
        var received = (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem();

        (await host.Client.ExtendAsync(received.Handle, TimeSpan.FromHours(1))).ExpiresAt!.Value.ShouldBeGreaterThan(received.ExpiresAt);
        await host.Client.ReleaseAsync(received.Handle);
        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.AckAsync(received.Handle))).Code.ShouldBe("lease-ended");
        (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_program_does_with_its_messages_is_marked_so_and_logged_at_debug_alone()
    {
        await using var host = await AdminHost.StartAsync();

        await host.Client.SendAsync("q", "x"u8.ToArray());
        await host.Client.ReleaseAsync((await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem().Handle);
        await host.Client.AckAsync((await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem().Handle);

        host.Parts.Events.Select(e => (e.Kind, e.IsOfProgram)).ShouldBe([
            (TimelineKind.Accepted, true), (TimelineKind.Leased, true), (TimelineKind.Released, true), (TimelineKind.Leased, true), (TimelineKind.Consumed, true)]);
    }

    [Fact]
    public async Task A_receive_waits_for_a_message_to_come()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.PutQueueAsync("q", new());

        var receiving = host.Client.ReceiveAsync("q", new ReceiveOptions { Wait = TimeSpan.FromMinutes(1) });
        await host.Client.SendAsync("q", "x"u8.ToArray());

        (await receiving).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_larger_than_its_queue_takes_is_refused()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.PutQueueAsync("q", new() { MaxMessageBytes = 10 });

        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.SendAsync("q", new byte[11]))).Code.ShouldBe("too-large");
        await host.Client.SendAsync("q", new byte[10]);
        host.Count("q").ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_takes_its_envelope_from_the_header_and_loses_its_Bcc()
    {
        await using var host = await AdminHost.StartAsync();
        var mail = "From: \"A, B\" <ann@one.test>\nTo: x@to.test, group: y@to.test;\nBcc: z@to.test\nSubject: Hi\nMessage-ID: <1@one.test>\n\nline\n.\n";

        await host.Client.SendMailAsync(new MemoryStream(Encoding.UTF8.GetBytes(mail)));

        var submission = host.Parts.Submissions.ShouldHaveSingleItem();
        submission.Envelope.Sender.ShouldBe("ann@one.test");
        submission.Envelope.Recipients.Select(r => r.Address).ShouldBe(["x@to.test", "y@to.test", "z@to.test"]);
        submission.Attributes["mail.message-id"].Text.ShouldBe("1@one.test");
        var lines = (await ReadAsync(host, submission.Content)).Split("\r\n");
        lines[0].ShouldStartWith("Received: from [127.0.0.1] by mail.example.test with HTTP (account admin)");
        string.Join("|", lines.SkipWhile(l => !l.StartsWith("From:", StringComparison.Ordinal)))
            .ShouldBe("From: \"A, B\" <ann@one.test>|To: x@to.test, group: y@to.test;|Subject: Hi|Message-ID: <1@one.test>||line|.|");
    }

    [Fact]
    public async Task A_mail_with_CRLF_stays_byte_for_byte_behind_its_trace_line()
    {
        await using var host = await AdminHost.StartAsync();
        var mail = "From: ann@one.test\r\nTo: x@to.test\r\n\r\nA bare \r stays\r\n" + new string('x', 300_000) + "\r\n";

        await host.Client.SendMailAsync(new MemoryStream(Encoding.Latin1.GetBytes(mail)), new MailOptions { Sender = "", Recipients = ["other@to.test"] });

        var submission = host.Parts.Submissions.ShouldHaveSingleItem();
        submission.Envelope.IsFromNullSender.ShouldBeTrue();
        submission.Envelope.Recipients.ShouldHaveSingleItem().Address.ShouldBe("other@to.test");
        (await ReadAsync(host, submission.Content)).ShouldEndWith("\r\n" + mail);
    }

    [Theory]
    [InlineData("no mail at all", "no mail")]
    [InlineData("Subject: x\r\n\r\n", "sender")]
    [InlineData("From: a@b.test\r\n\r\n", "recipients")]
    public async Task What_is_no_mail_is_refused(string text, string named)
    {
        await using var host = await AdminHost.StartAsync();

        var refusal = await Should.ThrowAsync<PosthornException>(() => host.Client.SendMailAsync(new MemoryStream(Encoding.UTF8.GetBytes(text))));

        refusal.Message.ShouldContain(named);
        host.Parts.Submissions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a\nb\n", "a\r\nb\r\n")]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n")]
    [InlineData("\n\n\r\n", "\r\n\r\n\r\n")]
    [InlineData("a\rb\r\r\n", "a\rb\r\r\n")]
    [InlineData("", "")]
    public void Lines_end_with_CRLF_wherever_the_pieces_are_cut(string text, string expected)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var written = new System.Buffers.ArrayBufferWriter<byte>();
            var upload = new MailUpload(headerBytesMax: 3);
            upload.Take(Encoding.ASCII.GetBytes(text[..cut]), written);
            upload.Take(Encoding.ASCII.GetBytes(text[cut..]), written);
            Encoding.ASCII.GetString(written.WrittenSpan).ShouldBe(expected);
            Encoding.ASCII.GetString(upload.Start.Span).ShouldBe(expected[..Math.Min(3, expected.Length)]);
        }
    }

    [Fact]
    public async Task The_queues_of_the_mail_path_take_no_messages_by_hand()
    {
        await using var host = await AdminHost.StartAsync();

        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.SendAsync("spool/outgoing", "x"u8.ToArray()))).Code.ShouldBe("spool-queue");
        host.Engine.Status(QueueName.Parse("spool/outgoing")).ShouldBeNull();
    }

    private static async Task<string> ReadAsync(AdminHost host, Posthorn.Bodies.Content content)
    {
        using var reader = new StreamReader(await host.Engine.OpenAsync(content), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
