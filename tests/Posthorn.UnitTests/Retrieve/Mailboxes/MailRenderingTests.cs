using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Mailboxes;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Mailboxes;

public sealed class MailRenderingTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly ReferenceEngine _engine = new(TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    ValueTask IAsyncDisposable.DisposeAsync() => _engine.DisposeAsync();

    private async Task<Message> AddAsync(byte[] body, Dictionary<string, AttributeValue>? attributes = null, Envelope? envelope = null, string queue = "orders", string? group = null)
    {
        var result = await _engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse(queue), Content = Body.Of(body), Attributes = attributes ?? [], Envelope = envelope ?? Envelope.None, Group = group,
        }));
        return (await _engine.FindAsync(result.Added[0].Id))!;
    }

    private async Task<byte[]> ReadAsync(Message message, int slice = 1_000)
    {
        var rendering = MailRendering.Of(message);
        await using var stream = await rendering.OpenAsync(_engine, default);
        stream.Length.ShouldBe(rendering.Length);
        var all = new MemoryStream();
        var buffer = new byte[slice];
        while (await stream.ReadAsync(buffer) is > 0 and var read)
            all.Write(buffer, 0, read);
        all.Length.ShouldBe(rendering.Length);
        return all.ToArray();
    }

    private static async Task<byte[]> BodyOfAsync(byte[] mail)
    {
        var part = MimeReader.Read(mail, MimeLimits.Default);
        return (await MimeDecoder.DecodeBytesAsync(new MemoryStream(mail), part, int.MaxValue / 2, default)).ToArray();
    }

    [Fact]
    public async Task What_came_as_a_mail_is_shown_as_it_is()
    {
        var bytes = "Subject: x\r\n\r\nbody without a line end"u8.ToArray();

        (await ReadAsync(await AddAsync(bytes, envelope: new Envelope("", [])))).ShouldBe(bytes);
        (await ReadAsync(await AddAsync(bytes, new() { ["content-type"] = "message/rfc822" }))).ShouldBe(bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(56)]
    [InlineData(57)]
    [InlineData(58)]
    [InlineData(57 * 128)]
    [InlineData(100_001)]
    public async Task Any_bytes_survive_and_the_size_is_known_beforehand(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        var message = await AddAsync(body);

        var mail = await ReadAsync(message);

        (await BodyOfAsync(mail)).ShouldBe(body);
        (await ReadAsync(message, slice: 77)).ShouldBe(mail);
        (await ReadAsync(message, slice: 80_000)).ShouldBe(mail);
        mail.ShouldAllBe(b => b < 128);
        Encoding.ASCII.GetString(mail).Split("\r\n").ShouldAllBe(line => line.Length <= 78 && !line.Contains('\n'));
    }

    [Fact]
    public async Task Every_place_can_be_read()
    {
        var message = await AddAsync(Encoding.UTF8.GetBytes(new string('ä', 200)));
        var mail = await ReadAsync(message);
        await using var stream = await MailRendering.Of(message).OpenAsync(_engine, default);
        var buffer = new byte[100];

        for (var at = mail.Length; at >= 0; at--)
        {
            stream.Position = at;
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
            buffer[..read].ShouldBe(mail[at..Math.Min(mail.Length, at + 100)]);
        }
        stream.Seek(-1, SeekOrigin.End).ShouldBe(mail.Length - 1);
        stream.Position = mail.Length + 5;
        (await stream.ReadAsync(buffer)).ShouldBe(0);
    }

    [Fact]
    public async Task The_header_tells_what_is_known_of_the_message()
    {
        var message = await AddAsync(
            "{}"u8.ToArray(),
            new()
            {
                ["aws:sender-id"] = "billing", ["mail.door"] = "hidden", ["kind"] = "invoice", ["Größe"] = "grün", ["lines"] = "a\r\nBcc: eve@x\r\n\r\nb", ["a:b%"] = "1",
                ["bytes"] = AttributeValue.Of(new byte[] { 1, 2, 255 }, "Binary", isText: false), ["empty"] = "", [new string('n', 80)] = "too long a name",
            },
            group: "g 1");

        var mail = await ReadAsync(message);
        var header = HeaderBlock.Parse(mail);

        header.EndsWithBlankLine.ShouldBeTrue();
        header.Text("From").ShouldBe("billing <no-reply@posthorn.invalid>");
        header.Text("To").ShouldBe("orders <queue@posthorn.invalid>");
        header.Text("Subject").ShouldBe($"orders {message.Number}");
        header.Text("Message-ID").ShouldBe($"<{message.Id}@posthorn.invalid>");
        MailDate.TryParse(header.Text("Date"), out var date).ShouldBeTrue();
        (message.AcceptedAt - date).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        header.Text("X-Posthorn-Group").ShouldBe("g 1");
        header.Text("X-Attribute-kind").ShouldBe("invoice");
        header.Text("X-Attribute-Gr%C3%B6%C3%9Fe").ShouldBe("grün");
        header.Text("X-Attribute-a%3Ab%25").ShouldBe("1");
        header.Text("X-Attribute-lines").ShouldBe("a  Bcc: eve@x    b"); // our reader shows line ends as spaces
        header.Text("X-Attribute-empty").ShouldBe("");
        header.Text("X-Binary-Attribute-bytes").ShouldBe("AQL/");
        header.Text("X-Posthorn-Attributes-Omitted").ShouldBe("1");
        header.Text("Content-Type").ShouldBe("text/plain; charset=utf-8");
        header.Has("Bcc").ShouldBeFalse();
        Encoding.ASCII.GetString(mail).ShouldNotContain("hidden");
    }

    [Theory]
    [InlineData("application/json", "application/json", true)]
    [InlineData("text/csv; charset=utf-8", "text/csv; charset=utf-8", false)]
    [InlineData("multipart/form-data; boundary=x", "application/octet-stream", true)] // RFC 2045 6.4
    [InlineData("message/partial", "application/octet-stream", true)]
    [InlineData("a/b\r\nX: y", "application/octet-stream", true)]
    [InlineData("nonsense", "application/octet-stream", true)]
    [InlineData(null, "application/octet-stream", true)]
    public async Task The_media_type_is_the_senders_where_it_can_be(string? given, string shown, bool isAttachment)
    {
        var attributes = new Dictionary<string, AttributeValue> { ["file-name"] = "../bill \"1\".pdf" };
        if (given is not null)
            attributes["content-type"] = given;

        var header = HeaderBlock.Parse(await ReadAsync(await AddAsync([1, 2, 3], attributes)));

        header.Text("Content-Type").ShouldBe(shown);
        header.Text("Content-Disposition").ShouldBe(isAttachment ? "attachment; filename=\"bill _1_.pdf\"" : null);
    }

    [Fact]
    public async Task Attributes_beyond_what_readers_take_are_left_out_and_counted()
    {
        var attributes = Enumerable.Range(0, 10).ToDictionary(i => $"a{i}", _ => (AttributeValue)new string('x', 20_000));

        var header = HeaderBlock.Parse(await ReadAsync(await AddAsync([], attributes)));

        header.Length.ShouldBeLessThan(80_000);
        header.Text("X-Attribute-a0").ShouldNotBeNull();
        int.Parse(header.Text("X-Posthorn-Attributes-Omitted")!).ShouldBeGreaterThan(5);
    }
}
