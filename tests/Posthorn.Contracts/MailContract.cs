using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A mail comes out of a queue with everything it went in with.</summary>
public abstract class MailContract : EngineContract
{
    private static readonly Recipient Carol = new("carol@d.test");
    private static readonly Recipient Dave = new("dave@f.test");

    private static NewMessage Mail(params Recipient[] recipients) => Text(Orders, "Subject: x\r\n\r\nx\r\n") with { Envelope = new Envelope("a@b.test", recipients) };

    private async Task<Message> ThroughAsync(NewMessage mail)
    {
        await AddAsync(mail);
        return (await LeaseOneAsync(mail.Queue)).Message;
    }

    private async Task<Message> WithAttributesAsync(params (string Name, AttributeValue Value)[] attributes) =>
        await ThroughAsync(Mail(Carol) with { Attributes = attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal) });

    [Theory]
    [InlineData(DsnReturn.Full)]
    [InlineData(DsnReturn.Headers)]
    [InlineData(DsnReturn.Default)]
    public async Task Dsn_parameters_come_out_as_they_went_in(DsnReturn what)
    {
        var mail = Mail(
            Carol with { Notify = DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, OriginalRecipient = "rfc822;carol@old.test" },
            Dave with { Notify = DsnNotify.Never },
            new Recipient("erin@g.test"));
        var envelope = (await ThroughAsync(mail with { Envelope = mail.Envelope with { EnvelopeId = "QQ314159", Return = what } })).Envelope;
        (envelope.EnvelopeId, envelope.Return).ShouldBe(("QQ314159", what));
        envelope.Recipients.Select(r => r.Notify).ShouldBe([DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, DsnNotify.Never, default]);
        envelope.Recipients.Select(r => r.OriginalRecipient).ShouldBe(["rfc822;carol@old.test", null, null]);
    }

    [Fact]
    public async Task All_recipients_come_out_in_their_order_also_one_that_is_named_twice()
    {
        var message = await ThroughAsync(Mail(Dave, Carol, new Recipient("user+tag@xn--bcher-kva.test"), new Recipient("δοκιμή@παράδειγμα.test"), Carol));
        message.Envelope.Recipients.Select(r => r.Address)
            .ShouldBe(["dave@f.test", "carol@d.test", "user+tag@xn--bcher-kva.test", "δοκιμή@παράδειγμα.test", "carol@d.test"]);
    }

    [Theory]
    [InlineData("a@b.test")]
    [InlineData("A.Mixed+Case@B.Test")]
    [InlineData("\"quoted @ local\"@b.test")]
    [InlineData("用户@例子.test")]
    public async Task The_sender_comes_out_as_it_went_in(string sender) =>
        (await ThroughAsync(Mail(Carol) with { Envelope = new Envelope(sender, [Carol]) })).Envelope.Sender.ShouldBe(sender);

    [Fact]
    public async Task A_mail_of_the_null_sender_comes_out_as_one()
    {
        var message = await ThroughAsync(Mail(Carol) with { Envelope = new Envelope("", [Carol]) });
        (message.Envelope.Sender, message.Envelope.IsFromNullSender).ShouldBe(("", true));
    }

    [Fact]
    public async Task A_mime_message_comes_out_byte_for_byte()
    {
        // What servers like to mend: a lone CR and LF, a dot at the start of a line, NUL, eight bits, no line end at the end.
        var mime = Encoding.Latin1.GetBytes("Received: x\r\n\tfolded\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\n.dot\r\nlone\rcr\nlf\0nul \xE9\xFF trailing  \r\n.\r\nno end");
        await AddAsync(Mail(Carol) with { Content = Body.Of(mime) });
        await using var stream = await Engine.OpenAsync((await LeaseOneAsync(Orders)).Message.Content);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        read.ToArray().ShouldBe(mime);
    }

    [Fact]
    public async Task Attributes_come_out_with_their_types()
    {
        var message = await WithAttributesAsync(
            ("text", "value"), ("empty", ""), ("unicode", "ключ 鍵"), ("number", AttributeValue.Of("5", "Number.int")), ("raw", AttributeValue.Of(new byte[] { 0, 255, 13, 10 }, "Binary.x", isText: false)));
        message.Attributes.Keys.Order(StringComparer.Ordinal).ShouldBe(["empty", "number", "raw", "text", "unicode"]);
        (message.Text("text"), message.Text("empty"), message.Text("unicode")).ShouldBe(("value", "", "ключ 鍵"));
        message.Attributes["number"].ShouldBe(AttributeValue.Of("5", "Number.int"));
        (message.Attributes["raw"].IsText, message.Text("raw")).ShouldBe((false, null));
        message.Attributes["raw"].Bytes.ToArray().ShouldBe([0, 255, 13, 10]);
    }

    [Fact]
    public async Task The_error_of_the_last_attempt_comes_out()
    {
        const string Error = "451 4.3.0 temporarily\r\n451 unavailable – später";
        (await ThroughAsync(Mail(Carol) with { LastError = Error })).LastError.ShouldBe(Error);
    }

    [Fact]
    public async Task A_mail_is_in_the_queue_of_its_state_and_in_no_other()
    {
        var (root, error) = (QueueName.Parse("spool/process/root"), QueueName.Parse("spool/process/error"));
        var message = await ThroughAsync(Mail(Carol) with { Queue = error });
        message.Queue.ShouldBe(error);
        (await Engine.FindAsync(message.Id))!.Queue.ShouldBe(error);
        (await LeaseAsync(root)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_of_the_client_comes_out() =>
        (await WithAttributesAsync(("mail.remote-address", "2001:db8::25"))).Text("mail.remote-address").ShouldBe("2001:db8::25");

    [Fact]
    public async Task The_name_of_the_client_comes_out() =>
        (await WithAttributesAsync(("mail.remote-host", "client.example.test"))).Text("mail.remote-host").ShouldBe("client.example.test");

    [Fact]
    public async Task The_time_it_was_accepted_comes_out_however_late()
    {
        var acceptedAt = Time.GetUtcNow();
        await AddAsync(Mail(Carol));
        Time.Advance(TimeSpan.FromDays(3));
        var message = (await LeaseOneAsync(Orders)).Message;
        (message.AcceptedAt, message.EnqueuedAt).ShouldBe((acceptedAt, acceptedAt));
    }

    [Fact]
    public async Task A_mail_comes_out_under_the_name_that_its_sender_was_told()
    {
        var added = await AddAsync(Mail(Carol));
        var message = (await LeaseOneAsync(Orders)).Message;
        (message.Id, message.Number, message.Origin).ShouldBe((added.Id, added.Number, added.Id));
    }

    [Fact]
    public async Task Headers_for_one_recipient_come_out_with_him_alone()
    {
        var message = await ThroughAsync(Mail(Carol with { Headers = ["X-For: carol"] }, Dave));
        message.Envelope.Recipients[0].Headers.ShouldBe(["X-For: carol"]);
        message.Envelope.Recipients[1].Headers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Several_headers_for_several_recipients_come_out_in_their_order()
    {
        var message = await ThroughAsync(Mail(Carol with { Headers = ["X-A: 1", "X-A: 2", "X-B: ü"] }, Dave with { Headers = ["X-A: 3"] }));
        message.Envelope.Recipients[0].Headers.ShouldBe(["X-A: 1", "X-A: 2", "X-B: ü"]);
        message.Envelope.Recipients[1].Headers.ShouldBe(["X-A: 3"]);
    }

    [Fact]
    public async Task Two_mails_that_are_alike_in_everything_both_come_out()
    {
        var mail = Mail(Carol) with { Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["mail.message-id"] = "<1@b.test>" } };
        var (first, second) = (await AddAsync(mail), await AddAsync(mail));
        var leases = await LeaseAsync(Orders, 10);
        leases.Select(lease => lease.Message.Id).ShouldBe([first.Id, second.Id]);
        leases.ShouldAllBe(lease => lease.Message.Text("mail.message-id") == "<1@b.test>");
    }
}
