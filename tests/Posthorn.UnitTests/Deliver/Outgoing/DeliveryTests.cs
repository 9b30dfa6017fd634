using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_mail_arrives_byte_for_byte_in_one_round_trip_for_its_envelope()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        var mail = world.One.Mails.ShouldHaveSingleItem();
        mail.Text.ShouldBe(OutgoingWorld.Mail);
        mail.Sender.ShouldBe("MAIL FROM:<a@sender.test>");
        world.One.Commands.Take(4).ShouldBe(["1 EHLO out.sender.test", "1 MAIL FROM:<a@sender.test>", "1 RCPT TO:<b@one.test>", "1 DATA"]);
        var delivered = world.Events.Single();
        (delivered.Kind, delivered.Detail, delivered.Peer).ShouldBe((TimelineKind.Delivered, "250 2.0.0 taken", "192.0.2.1:25 mx.one.test"));
    }

    [Theory]
    [InlineData("bare\nlines\n", false)]
    [InlineData("no line end at all", true)]
    [InlineData("", false)]
    [InlineData("\r\n.\r\n..\r\n.", true)]
    [InlineData("a\n.\r\nMAIL FROM:<evil@x>\r\n", true)]
    public async Task With_chunking_any_bytes_arrive_as_they_are(string content, bool isPipelining)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = isPipelining ? ["CHUNKING", "PIPELINING"] : ["CHUNKING"];
        await world.QueueAsync([new Recipient("b@one.test")], content: content);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Text.ShouldBe(content);
        if (content.Length > 0)
            world.One.Commands.ShouldContain($"1 BDAT {content.Length} LAST");
    }

    [Fact]
    public async Task Without_chunking_what_could_smuggle_a_mail_is_bounced_and_nothing_is_left_behind_the_dot()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([new Recipient("b@one.test")], content: "a\r\n\r\nx\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
        await world.QueueAsync("c@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Addresses.ShouldBe(["c@one.test"]);
        world.One.Commands.ShouldNotContain(c => c.Contains("evil", StringComparison.Ordinal));
        world.DeadLetters.ShouldHaveSingleItem().LastError.ShouldNotBeNull().ShouldContain("5.6.0");
    }

    [Fact]
    public async Task Delivered_recipients_are_not_tried_again_when_others_have_to_wait()
    {
        await using var world = new OutgoingWorld();
        var isWaiting = true;
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<wait@", StringComparison.Ordinal) && isWaiting ? "450 4.2.1 busy" : line.StartsWith("RCPT TO:<bad@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : null;
        var id = await world.QueueAsync([new Recipient("good@one.test"), new Recipient("wait@one.test"), new Recipient("bad@one.test")]);
        await world.StartAsync();
        await world.RestAsync();

        var waiting = world.Outgoing.ShouldHaveSingleItem();
        waiting.Id.ShouldBe(id);
        waiting.Envelope.Recipients.Select(r => r.Address).ShouldBe(["wait@one.test"]);
        world.DeadLetters.ShouldHaveSingleItem().Envelope.Recipients.Select(r => r.Address).ShouldBe(["bad@one.test"]);
        (await world.TextAsync(world.Bounces.ShouldHaveSingleItem())).ShouldContain("bad@one.test");

        isWaiting = false;
        await world.AdvanceAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.One.Mails.Select(m => string.Join(",", m.Addresses)).ShouldBe(["good@one.test", "wait@one.test"]);
        world.Bounces.Count.ShouldBe(1);
    }

    [Fact]
    public async Task When_the_server_agrees_to_data_for_nobody_nobody_gets_anything()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<bad@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : line == "DATA" ? "354 go on, whoever it is for" : null;
        world.One.AfterContent = m => m.Recipients.Count == 0 ? "554 5.5.1 no valid recipients" : "250 2.0.0 taken";
        await world.QueueAsync("bad@one.test");
        await world.QueueAsync("good@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Addresses.ShouldBe(["good@one.test"]);
        world.DeadLetters.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_hundred_recipients_go_in_one_mail_more_in_several()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([.. Enumerable.Range(0, 250).Select(i => new Recipient($"b{i}@one.test"))]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Select(m => m.Recipients.Count).ShouldBe([100, 100, 50]);
    }

    [Fact]
    public async Task Recipients_that_are_too_many_for_one_mail_get_another_at_once()
    {
        // One connection: the peer counts the recipients of one mail at a time.
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1 } });
        var inMail = 0;
        world.One.Answer = (line, _) =>
        {
            if (line.StartsWith("MAIL", StringComparison.Ordinal))
                inMail = 0;
            return line.StartsWith("RCPT", StringComparison.Ordinal) && ++inMail > 3 ? "452 4.5.3 too many recipients" : null;
        };
        await world.QueueAsync([.. Enumerable.Range(0, 8).Select(i => new Recipient($"b{i}@one.test"))]);
        await world.QueueAsync("after@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.SelectMany(m => m.Addresses).Order().ShouldBe(["after@one.test", .. Enumerable.Range(0, 8).Select(i => $"b{i}@one.test")]);
        world.One.Mails.ShouldAllBe(m => m.Recipients.Count <= 3);
        world.Told(TimelineKind.Attempted).ShouldBeEmpty();
    }

    [Fact]
    public async Task Header_lines_of_one_recipient_reach_that_one_alone()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([new Recipient("b@one.test"), new Recipient("c@one.test") { Headers = ["X-For: you"] }, new Recipient("d@one.test")]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Select(m => (string.Join(',', m.Addresses), m.Text)).ShouldBe([("b@one.test,d@one.test", OutgoingWorld.Mail), ("c@one.test", "X-For: you\r\n" + OutgoingWorld.Mail)]);
    }

    [Fact]
    public async Task Mail_without_a_group_is_sorted_by_domain()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.two.test");
        var two = world.Network.Host("mx.two.test");
        await world.QueueAsync([new Recipient("b@one.test"), new Recipient("c@two.test"), new Recipient("d@one.test")], with: m => m with { Group = null });
        await world.QueueAsync([new Recipient("nowhere")], with: m => m with { Group = null });
        await world.StartAsync();
        await world.UntilAsync(() => world.One.Mails.Count == 1 && two.Mails.Count == 1, "both arrived");
        world.One.Mails.Single().Addresses.ShouldBe(["b@one.test", "d@one.test"]);
        await world.UntilAsync(() => world.Outgoing is [{ State: MessageState.Held }], "the hopeless one is held");
    }

    [Fact]
    public async Task Large_content_streams_through()
    {
        await using var world = new OutgoingWorld();
        var line = new string('x', 76) + "\r\n.y\r\n";
        var content = "Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 40_000));
        await world.QueueAsync([new Recipient("b@one.test")], content: content);
        await world.StartAsync();
        await world.EmptyAsync();
        (world.One.Mails.Single().Text == content).ShouldBeTrue();
    }

    [Fact]
    public async Task A_destination_tells_how_it_is()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("also.test", "mx.one.test");
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<bad", StringComparison.Ordinal) ? "550 5.1.1 unknown" : line.StartsWith("RCPT TO:<wait", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        foreach (var recipient in new[] { "good@one.test", "bad@also.test", "wait@also.test" })
            await world.QueueAsync(recipient);
        await world.StartAsync();
        await world.RestAsync();
        var status = world.Destinations.ShouldHaveSingleItem();
        status.Name.ShouldBe("mx.one.test");
        status.Domains.ShouldBe(["one.test", "also.test"], ignoreOrder: true);
        (status.Queued, status.Ready, status.Delivered, status.Failed, status.Deferred, status.State).ShouldBe((1, 0, 1, 1, 1, DestinationState.Active));
        status.LastReply.ShouldNotBeNull();
        world.Destination("ALSO.test").ShouldNotBeNull().Name.ShouldBe("mx.one.test");
    }
}
