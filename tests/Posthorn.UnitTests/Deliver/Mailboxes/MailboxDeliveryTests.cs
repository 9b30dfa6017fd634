using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Mailboxes;

public sealed class MailboxDeliveryTests
{
    private static readonly DateTimeOffset Accepted = new(2026, 11, 21, 8, 4, 0, TimeSpan.Zero);
    private static readonly QueueName Invoices = QueueName.Parse("invoices");

    private static Message Mail(string? sender, params Recipient[] recipients) => new()
    {
        Id = new MessageId(7),
        Origin = new MessageId(3),
        Queue = SpoolQueues.Root,
        Number = 1,
        State = MessageState.Leased,
        Priority = Priority.Highest,
        AcceptedAt = Accepted,
        EnqueuedAt = Accepted,
        DueAt = Accepted,
        ReceiveCount = 3,
        Envelope = new Envelope(sender, recipients) { EnvelopeId = "env", Return = DsnReturn.Full },
        Attributes = new Dictionary<string, AttributeValue> { [MailAttributes.Door] = "smtp", ["mine"] = "kept" },
        Flags = ["odd"],
        LastError = "no such mailet",
        Content = new Content(Body.Of("Subject: x\r\n\r\nbody\0\xff"u8.ToArray())).WithInFront("Received: y\r\n"u8),
    };

    private static string Text(Content content) =>
        Encoding.Latin1.GetString([.. content.Prefix.Span, .. content.Body.Bytes!.Value.Span[(int)content.Skip..]]);

    [Fact]
    public void A_mailbox_gets_the_mail_with_two_lines_in_front_and_nothing_else_changed()
    {
        var bob = new Recipient("Bob+x@example.test") { Notify = DsnNotify.Success, OriginalRecipient = "rfc822;b@example.test" };
        var mail = Mail("alice@example.test", new Recipient("ann@example.test"), bob);

        var delivered = MailboxDelivery.Deliver(mail, bob, Invoices, "x");

        Text(delivered.Content).ShouldBe("Return-Path: <alice@example.test>\r\nDelivered-To: Bob+x@example.test\r\n" + Text(mail.Content));
        delivered.Content.Body.ShouldBeSameAs(mail.Content.Body);
        delivered.Queue.ShouldBe(Invoices);
        delivered.Envelope.Recipients.ShouldBe([bob]);
        delivered.Envelope.Sender.ShouldBe("alice@example.test");
        delivered.Envelope.EnvelopeId.ShouldBe("env");
        delivered.Origin.ShouldBe(new MessageId(3));
        delivered.AcceptedAt.ShouldBe(Accepted);
        delivered.Priority.ShouldBe(Priority.Highest);
        delivered.Attributes[MailAttributes.Door].Text.ShouldBe("smtp");
        delivered.Attributes["mine"].Text.ShouldBe("kept");
        delivered.Attributes[MailAttributes.Detail].Text.ShouldBe("x");
        delivered.LastError.ShouldBeNull();
        delivered.IsHeld.ShouldBeFalse();
        delivered.DueAt.ShouldBeNull();
        mail.Attributes.Keys.ShouldNotContain(MailAttributes.Detail);
    }

    [Fact]
    public void A_recipients_own_fields_go_in_front_once()
    {
        var bob = new Recipient("bob@example.test") { Headers = ["X-List: one", "X-Folded: a\r\n b"] };

        var delivered = MailboxDelivery.Deliver(Mail("", bob), bob, Invoices, detail: null);

        Text(delivered.Content).ShouldStartWith("Return-Path: <>\r\nDelivered-To: bob@example.test\r\nX-List: one\r\nX-Folded: a\r\n b\r\nReceived: y\r\n");
        delivered.Envelope.Recipients.Single().Headers.ShouldBeEmpty();
        delivered.Attributes.Keys.ShouldNotContain(MailAttributes.Detail);
    }

    [Fact]
    public void A_message_that_is_no_mail_has_no_return_path()
    {
        var bob = new Recipient("bob@example.test");
        Text(MailboxDelivery.Deliver(Mail(null, bob), bob, Invoices, detail: null).Content).ShouldStartWith("Delivered-To: bob@example.test\r\nReceived:");
    }

    [Fact]
    public void An_address_makes_no_field_of_its_own()
    {
        var bob = new Recipient("bob\r\nX-Evil: 1\r\n\r\n@example.test");
        Text(MailboxDelivery.Deliver(Mail("a\r\nX-Evil: 2@b", bob), bob, Invoices, detail: null).Content)
            .ShouldStartWith("Return-Path: <aX-Evil: 2@b>\r\nDelivered-To: bobX-Evil: 1@example.test\r\nReceived:");
    }
}
