using Posthorn.Client;
using Posthorn.Client.Contracts.Destinations;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Server.Deliver.Outgoing;
using Shouldly;
using Xunit;
using DestinationState = Posthorn.Client.Contracts.Destinations.DestinationState;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class SteeringApiTests
{
    [Fact]
    public async Task An_order_is_given_listed_and_taken_back()
    {
        await using var host = await AdminHost.StartAsync();

        var given = await host.Client.GiveOrderAsync(new OrderRequest { Action = OrderAction.Hold, Sender = "a@b.test", For = TimeSpan.FromHours(1), Reason = "looking" });
        (await host.Client.ListOrdersAsync()).ShouldHaveSingleItem().ShouldBe(given);
        (given.By, given.Reason).ShouldBe(("admin", "looking"));
        await host.Client.CancelOrderAsync(given.Id);
        (await host.Client.ListOrdersAsync()).ShouldBeEmpty();
        (await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.CancelOrderAsync(given.Id))).Code.ShouldBe("order-not-found");
    }

    [Fact]
    public async Task An_order_for_nobody_or_with_a_bad_reply_is_refused()
    {
        await using var host = await AdminHost.StartAsync();

        await Should.ThrowAsync<PosthornException>(() => host.Client.GiveOrderAsync(new OrderRequest { Action = OrderAction.Discard }));
        await Should.ThrowAsync<PosthornException>(() => host.Client.GiveOrderAsync(new OrderRequest { Action = OrderAction.Suspend, Sender = "a@b" }));
        await Should.ThrowAsync<PosthornException>(
            () => host.Client.GiveOrderAsync(new OrderRequest { Action = OrderAction.Bounce, Domain = "x", Reason = "250 fine" }));
        (await host.Client.ListOrdersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_suspended_destination_says_why_and_until_when_and_resumes()
    {
        await using var host = await AdminHost.StartAsync();
        host.Parts.Destinations.All.Add(new DestinationStatus { Name = "mx.example.test", Domains = ["a.test", "b.test"], Queued = 3 });

        var suspended = await host.Client.SuspendDestinationAsync("mx.example.test", new SuspendRequest { For = TimeSpan.FromHours(1), Reason = "asked us to" });
        (suspended.State, suspended.Reason, suspended.Queued).ShouldBe((DestinationState.Suspended, "asked us to", 3));
        suspended.Until.ShouldNotBeNull();
        (await host.Client.ListOrdersAsync()).Select(o => o.Domain).ShouldBe(["a.test", "b.test"]);

        (await host.Client.ResumeDestinationAsync("a.test")).State.ShouldBe(DestinationState.Active);
        (await host.Client.ListOrdersAsync()).Select(o => o.Domain).ShouldBe(["b.test"]);
        (await host.Client.ResumeDestinationAsync("mx.example.test")).State.ShouldBe(DestinationState.Active);
        (await host.Client.ListOrdersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_destination_of_which_one_domain_is_suspended_stays_active_and_names_it()
    {
        await using var host = await AdminHost.StartAsync();
        host.Parts.Destinations.All.Add(new DestinationStatus { Name = "mx.example.test", Domains = ["a.test", "b.test"] });

        var partly = await host.Client.SuspendDestinationAsync("b.test", new SuspendRequest());

        (partly.State, partly.Until).ShouldBe((DestinationState.Active, null));
        partly.SuspendedDomains.ShouldBe(["b.test"]);
        (await host.Client.SuspendDestinationAsync("a.test", new SuspendRequest())).State.ShouldBe(DestinationState.Suspended);
        await host.Client.ResumeDestinationAsync("mx.example.test");
        (await host.Client.GetDestinationAsync("mx.example.test")).SuspendedDomains.ShouldBeNull();
    }

    [Fact]
    public async Task A_domain_is_suspended_before_there_is_mail_for_it()
    {
        await using var host = await AdminHost.StartAsync();

        (await host.Client.SuspendDestinationAsync("new.test", new SuspendRequest())).State.ShouldBe(DestinationState.Suspended);
        (await host.Client.SuspendDestinationAsync("new.test", new SuspendRequest { For = TimeSpan.FromHours(1) })).Until.ShouldNotBeNull();
        (await host.Client.ListOrdersAsync()).Count.ShouldBe(1);
        (await host.Client.ResumeDestinationAsync("new.test")).State.ShouldBe(DestinationState.Active);
        (await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.RetryDestinationAsync("new.test"))).Code.ShouldBe("destination-not-found");
    }
}
