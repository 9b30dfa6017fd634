using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>Where mail goes: exchangers in their order, no exchangers, no domain, orders that stop it.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData("greeting")]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData("refusing")]
    public async Task When_one_exchanger_can_not_take_it_now_the_next_is_asked(string stage)
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.one.test", "mx.two.test");
        var second = world.Network.Host("mx.two.test");
        world.One.IsRefusing = stage == "refusing";
        if (stage == "greeting")
            world.One.Greeting = "450 4.3.0 later";
        world.One.Answer = (line, _) => line.StartsWith(stage, StringComparison.Ordinal) ? "450 4.3.0 later" : null;
        await world.QueueAsync("b@two.test");
        await world.StartAsync();
        await world.EmptyAsync();
        second.Mails.ShouldHaveSingleItem().Text.ShouldBe(OutgoingWorld.Mail);
        world.Told(TimelineKind.Attempted).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    public async Task When_one_exchanger_refuses_for_good_no_other_is_asked(string verb)
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.one.test", "mx.two.test");
        var second = world.Network.Host("mx.two.test");
        world.One.Answer = (line, _) => line.StartsWith(verb, StringComparison.Ordinal) ? "550 5.7.1 never" : null;
        await world.QueueAsync("b@two.test");
        await world.StartAsync();
        await world.EmptyAsync();
        second.Connections.ShouldBe(0);
        world.DeadLetters.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Only_the_recipients_that_one_exchanger_put_off_go_to_the_next()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.one.test", "mx.two.test");
        var second = world.Network.Host("mx.two.test");
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<wait", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        await world.QueueAsync([new Recipient("good@two.test"), new Recipient("wait@two.test")]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Single().Addresses.ShouldBe(["good@two.test"]);
        second.Mails.Single().Addresses.ShouldBe(["wait@two.test"]);
    }

    [Fact]
    public async Task Domains_with_the_same_exchangers_share_their_connections()
    {
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1 } });
        for (var i = 0; i < 10; i++)
        {
            world.Network.Mx($"d{i}.test", "mx.one.test");
            await world.QueueAsync($"b@d{i}.test");
            await world.QueueAsync($"c@d{i}.test");
        }

        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Count.ShouldBe(20);
        world.One.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task A_domain_without_exchangers_gets_its_mail_itself()
    {
        await using var world = new OutgoingWorld();
        var server = world.Network.Host("plain.test");
        await world.QueueAsync("b@plain.test");
        await world.StartAsync();
        await world.EmptyAsync();
        server.Mails.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_domain_in_another_script_is_looked_up_in_a_labels()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("xn--bcher-kva.test", "mx.one.test");
        await world.QueueAsync("b@bücher.test");
        await world.StartAsync();
        await world.EmptyAsync();
        // The server does not speak SMTPUTF8; the domain has another spelling.
        world.One.Mails.ShouldHaveSingleItem().Addresses.ShouldBe(["b@xn--bcher-kva.test"]);
    }

    public static TheoryData<string, Action<object>, string> DeadEnds() => new()
    {
        { "b@null.test", n => ((FakeNetwork)n).Mx("null.test", ""), "5.1.10" },
        { "b@nothing.test", _ => { }, "5.1.2" },
        { "b@empty.test", n => ((FakeNetwork)n).Answer("empty.test", DnsRecordType.Mx, DnsAnswerKind.NoData), "5.4.4" },
        { "b@loop.test", n => ((FakeNetwork)n).Mx("loop.test", "out.sender.test"), "5.4.6" },
        { "b@lost.test", n => ((FakeNetwork)n).Mx("lost.test", "mx.nothing.test"), "5.4.4" },
        { "b@[300.1.1.1]", _ => { }, "5.1.2" },
    };

    [Theory]
    [MemberData(nameof(DeadEnds))]
    public async Task Where_there_is_no_way_the_mail_is_bounced_at_once(string recipient, Action<object> arrange, string status)
    {
        await using var world = new OutgoingWorld();
        arrange(world.Network);
        await world.QueueAsync(recipient);
        await world.StartAsync();
        await world.EmptyAsync();
        (await world.TextAsync(world.Bounces.ShouldHaveSingleItem())).ShouldContain($"Status: {status}");
    }

    [Fact]
    public async Task A_look_up_that_fails_is_tried_again()
    {
        await using var world = new OutgoingWorld();
        world.Network.Answer("flaky.test", DnsRecordType.Mx, DnsAnswerKind.Failed);
        for (var i = 0; i < 60; i++)
            await world.QueueAsync($"b{i}@flaky.test");
        await world.StartAsync();
        await world.RestAsync();
        world.Outgoing.ShouldAllBe(m => m.LastError!.Contains("4.4.3") && m.Text("mail.attempts") == "1");
        world.Network.Mx("flaky.test", "mx.one.test");
        await world.AdvanceAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.One.Mails.Count.ShouldBe(60);
    }

    [Fact]
    public async Task An_address_literal_is_gone_to_as_it_is()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync("b@[192.0.2.1]");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem();
        world.Network.Questions.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_smart_host_gets_everything()
    {
        await using var world = new OutgoingWorld(o => o with { Relay = new RelayOptions { Host = "smart.test", Port = 587 } });
        var smart = world.Network.Host("smart.test");
        await world.QueueAsync("b@one.test");
        await world.QueueAsync("c@nothing.test");
        await world.StartAsync();
        await world.EmptyAsync();
        smart.Mails.Count.ShouldBe(2);
        world.Network.Questions.ShouldAllBe(q => q.EndsWith(" smart.test"));
        world.Destinations.ShouldHaveSingleItem().Name.ShouldBe("smart.test:587");
    }

    [Fact]
    public async Task A_suspended_domain_waits_while_its_age_goes_on_and_goes_on_when_resumed()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(10) });
        await world.Orders.GiveAsync(Order(OrderAction.Suspend, domain: "one.test"), CancellationToken.None);
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(1));
        world.One.Connections.ShouldBe(0);
        world.Outgoing.Single().State.ShouldBe(MessageState.Ready);
        world.Destination("one.test").ShouldNotBeNull().State.ShouldBe(DestinationState.Suspended);
        await world.Orders.CancelAsync("1", CancellationToken.None);
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem();

        await world.Orders.GiveAsync(Order(OrderAction.Suspend, domain: "one.test"), CancellationToken.None);
        await world.QueueAsync("c@one.test");
        await world.AdvanceAsync(TimeSpan.FromHours(11), TimeSpan.FromMinutes(2));
        await world.EmptyAsync();
        world.One.Mails.Count.ShouldBe(1);
        world.DeadLetters.ShouldHaveSingleItem();
        world.Bounces.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Orders_for_single_recipients_are_obeyed_and_the_others_get_their_mail()
    {
        await using var world = new OutgoingWorld();
        await world.Orders.GiveAsync(Order(OrderAction.Bounce, "1", recipient: "bounce@one.test", reason: "551 5.7.1 not today"), CancellationToken.None);
        await world.Orders.GiveAsync(Order(OrderAction.Discard, "2", recipient: "discard@one.test"), CancellationToken.None);
        await world.Orders.GiveAsync(Order(OrderAction.Hold, "3", recipient: "hold@one.test"), CancellationToken.None);
        await world.Orders.GiveAsync(Order(OrderAction.Suspend, "4", recipient: "suspend@one.test"), CancellationToken.None);
        await world.QueueAsync([.. new[] { "good", "bounce", "discard", "hold", "suspend" }.Select(n => new Recipient($"{n}@one.test"))]);
        await world.StartAsync();
        await world.RestAsync();
        world.One.Mails.Single().Addresses.ShouldBe(["good@one.test"]);
        world.DeadLetters.Single().Envelope.Recipients.Single().Address.ShouldBe("bounce@one.test");
        (await world.TextAsync(world.Bounces.Single())).ShouldContain("551 5.7.1 not today");
        world.Outgoing.Single(m => m.State == MessageState.Held).Envelope.Recipients.Single().Address.ShouldBe("hold@one.test");
        var suspended = world.Outgoing.Single(m => m.State == MessageState.Delayed);
        suspended.Envelope.Recipients.Single().Address.ShouldBe("suspend@one.test");
        suspended.Text("mail.attempts").ShouldBeNull();
        world.Told(TimelineKind.Removed).ShouldHaveSingleItem();
    }

    private static StandingOrder Order(OrderAction action, string id = "1", string? domain = null, string? recipient = null, string reason = "because") =>
        new() { Id = id, Action = action, Domain = domain, Recipient = recipient, Reason = reason, By = "admin", At = DateTimeOffset.UnixEpoch };
}
