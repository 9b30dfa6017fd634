using Posthorn.Contracts;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Orders;
using Posthorn.UnitTests.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Orders;

public sealed class StandingOrdersTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ReferenceEngine _engine;
    private readonly List<StandingOrders> _loaded = [];

    public StandingOrdersTests() => _engine = new ReferenceEngine(_clock);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var orders in _loaded)
            await orders.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task An_order_is_in_force_when_given_and_again_after_a_restart()
    {
        var order = Order("o1", OrderAction.Bounce) with { Domain = "slow.test", Sender = "a@x.test", Recipient = "b@slow.test", Until = _clock.GetUtcNow().AddDays(1) };
        await Load().GiveAsync(order, default);

        Load().InForce.ShouldHaveSingleItem().ShouldBe(order);
    }

    [Fact]
    public async Task An_order_that_another_node_gives_is_in_force_here_when_it_is_told()
    {
        var cluster = new TestCluster();
        await using var here = StandingOrders.Load(_engine, cluster, _clock, NullLogger<StandingOrders>.Instance);
        var changed = new TaskCompletionSource();
        here.Changed += () => changed.TrySetResult();
        await Load().GiveAsync(Order("o1", OrderAction.Hold), default);
        here.InForce.ShouldBeEmpty();
        cluster.SetElsewhere();
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        here.InForce.ShouldHaveSingleItem().Id.ShouldBe("o1");
    }

    [Fact]
    public async Task An_order_on_disk_survives_the_end_of_the_process()
    {
        var folder = Directory.CreateTempSubdirectory("posthorn-orders-").FullName;
        try
        {
            var order = Order("o1", OrderAction.Suspend) with { Domain = "slow.test" };
            using (var files = new PhysicalFileSystem(folder))
            await using (var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), _clock))
            await using (var orders = StandingOrders.Load(engine, new SoleNode("one", _clock.GetUtcNow()), _clock, NullLogger<StandingOrders>.Instance))
                await orders.GiveAsync(order, default);

            using (var files = new PhysicalFileSystem(folder))
            await using (var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), _clock))
            await using (var orders = StandingOrders.Load(engine, new SoleNode("one", _clock.GetUtcNow()), _clock, NullLogger<StandingOrders>.Instance))
                orders.InForce.ShouldHaveSingleItem().ShouldBe(order);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_order_taken_back_is_gone_for_good()
    {
        var orders = Load();
        await orders.GiveAsync(Order("o1", OrderAction.Hold), default);

        (await orders.CancelAsync("o1", default)).ShouldBeTrue();
        (await orders.CancelAsync("o1", default)).ShouldBeFalse();
        orders.InForce.ShouldBeEmpty();
        Load().InForce.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_order_given_again_replaces_the_first()
    {
        var orders = Load();
        await orders.GiveAsync(Order("o1", OrderAction.Hold), default);
        await orders.GiveAsync(Order("o1", OrderAction.Discard), default);

        orders.InForce.ShouldHaveSingleItem().Action.ShouldBe(OrderAction.Discard);
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("Y.Test", null, null, true)]
    [InlineData("z.test", null, null, false)]
    [InlineData(null, "A@x.test", null, true)]
    [InlineData(null, "", null, false)]
    [InlineData(null, null, "B@Y.test", true)]
    [InlineData(null, null, "c@y.test", false)]
    [InlineData("y.test", "a@x.test", "b@y.test", true)]
    [InlineData("y.test", "other@x.test", "b@y.test", false)]
    public async Task An_order_is_for_who_fits_all_that_it_names(string? domain, string? sender, string? recipient, bool fits)
    {
        var orders = Load();
        await orders.GiveAsync(Order("o1", OrderAction.Hold) with { Domain = domain, Sender = sender, Recipient = recipient }, default);

        (orders.Find(await MailAsync("a@x.test"), new Recipient("b@y.test")) is not null).ShouldBe(fits);
    }

    [Fact]
    public async Task An_order_for_the_null_sender_is_for_bounces()
    {
        var orders = Load();
        await orders.GiveAsync(Order("o1", OrderAction.Discard) with { Sender = "" }, default);

        orders.Find(await MailAsync(""), new Recipient("b@y.test")).ShouldNotBeNull();
        orders.Find(await MailAsync(null), new Recipient("b@y.test")).ShouldBeNull();
    }

    [Fact]
    public async Task What_ends_a_mail_comes_before_what_keeps_it_waiting()
    {
        var orders = Load();
        await orders.GiveAsync(Order("o1", OrderAction.Suspend), default);
        await orders.GiveAsync(Order("o2", OrderAction.Hold), default);
        await orders.GiveAsync(Order("o3", OrderAction.Bounce), default);
        await orders.GiveAsync(Order("o4", OrderAction.Discard), default);

        orders.InForce.Select(o => o.Id).ShouldBe(["o1", "o2", "o3", "o4"]);
        var mail = await MailAsync("a@x.test");
        orders.Find(mail, new Recipient("b@y.test"))!.Id.ShouldBe("o3");
        await orders.CancelAsync("o3", default);
        await orders.CancelAsync("o4", default);
        orders.Find(mail, new Recipient("b@y.test"))!.Id.ShouldBe("o2");
    }

    [Fact]
    public async Task An_order_ends_at_its_time_and_says_so()
    {
        var orders = Load();
        var changes = 0;
        orders.Changed += () => changes++;
        await orders.GiveAsync(Order("o1", OrderAction.Suspend) with { Until = _clock.GetUtcNow().AddHours(3) }, default);
        var mail = await MailAsync("a@x.test");

        _clock.Advance(TimeSpan.FromHours(3) - TimeSpan.FromTicks(1));
        orders.Find(mail, new Recipient("b@y.test")).ShouldNotBeNull();
        changes.ShouldBe(1);

        _clock.Advance(TimeSpan.FromTicks(1));
        orders.Find(mail, new Recipient("b@y.test")).ShouldBeNull();
        orders.InForce.ShouldBeEmpty();
        changes.ShouldBe(2);
        _engine.Documents("orders/").ShouldBeEmpty();
    }

    [Fact]
    public async Task An_order_that_ended_while_the_server_was_down_is_not_in_force()
    {
        await Load().GiveAsync(Order("o1", OrderAction.Bounce) with { Until = _clock.GetUtcNow().AddHours(1) }, default);
        await _loaded[0].DisposeAsync();
        _loaded.Clear();
        _clock.Advance(TimeSpan.FromHours(2));

        var orders = Load();
        orders.InForce.ShouldBeEmpty();
        orders.Find(await MailAsync("a@x.test"), new Recipient("b@y.test")).ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _engine.Documents("orders/").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_document_that_cannot_be_read_leaves_the_others_in_force()
    {
        await _engine.CommitAsync(new Commit().SetDocument("orders/broken", Encoding.UTF8.GetBytes("{")).SetDocument("orders/older", Encoding.UTF8.GetBytes("{\"id\":\"x\"}")));
        await Load().GiveAsync(Order("o1", OrderAction.Hold), default);

        Load().InForce.ShouldHaveSingleItem().Id.ShouldBe("o1");
        _engine.Document("orders/broken").ShouldNotBeNull();
    }

    private StandingOrders Load()
    {
        var orders = StandingOrders.Load(_engine, new SoleNode("one", _clock.GetUtcNow()), _clock, NullLogger<StandingOrders>.Instance);
        _loaded.Add(orders);
        return orders;
    }

    private StandingOrder Order(string id, OrderAction action)
    {
        _clock.Advance(TimeSpan.FromTicks(1));
        return new StandingOrder { Id = id, Action = action, Reason = "550 5.7.1 because", By = "admin", At = _clock.GetUtcNow() };
    }

    private async Task<Message> MailAsync(string? sender)
    {
        var added = await _engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse("q"),
            Content = Body.Empty,
            Envelope = new Envelope(sender, [new Recipient("b@y.test")]),
        }));
        return (await _engine.FindAsync(added.Added[0].Id))!;
    }
}
