using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing.Settling;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

/// <summary>Where mail goes: without a pipeline, to mailboxes, back to its sender, by an administrator's order, and when it is too old.</summary>
public sealed class RoutingTests : IDisposable
{
    private const string A = "a@here.test";
    private const string Far = "f@far.test";

    private readonly PipelineWorld _world = new();

    public void Dispose() => _world.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task Without_a_pipeline_strangers_reach_mailboxes_and_nothing_else()
    {
        _world.WithoutPipeline();
        await _world.SendAsync(A, Far);

        await _world.ProcessAsync();

        // The bounce is the server's own and may leave.
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", "spool/outgoing: a@far.test"]);
        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).Single())).ShouldContain($"{Far}: 550 5.7.1 relaying denied");
    }

    [Theory]
    [InlineData(MailAttributes.Account, "billing")]
    [InlineData(MailAttributes.RemoteAddress, "10.1.2.3")]
    [InlineData(MailAttributes.RemoteAddress, "::ffff:10.1.2.3")]
    public async Task Without_a_pipeline_accounts_and_trusted_networks_reach_other_hosts(string attribute, string value)
    {
        _world.Settings = _world.Settings with { TrustedNetworks = [System.Net.IPNetwork.Parse("10.0.0.0/8")] };
        _world.WithoutPipeline();
        await _world.SendAsync([A, Far], attributes: (attribute, value));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"spool/outgoing: {Far}"]);
    }

    [Theory]
    [InlineData(MailAttributes.RemoteAddress, "11.1.2.3")]
    [InlineData(MailAttributes.RemoteAddress, "")]
    [InlineData(MailAttributes.Door, "smtp")]
    public async Task Without_a_pipeline_nobody_else_does(string attribute, string value)
    {
        _world.Settings = _world.Settings with { TrustedNetworks = [System.Net.IPNetwork.Parse("10.0.0.0/8")] };
        _world.WithoutPipeline();
        await _world.SendAsync([Far], sender: "", attributes: (attribute, value));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBeEmpty();
        _world.Timeline.Events.ShouldContain(e => e.Kind == TimelineKind.Bounced && e.Detail == "550 5.7.1 relaying denied (nobody is told)");
    }

    [Fact]
    public async Task Aliases_lead_to_mailboxes_and_to_other_hosts_and_nobody_gets_a_mail_twice()
    {
        _world.WithoutPipeline();
        await _world.SendAsync("team@here.test", "x@here.test", "away@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe(["spool/outgoing: z@far.test", "x: x@here.test", "y: y@here.test"]);
        var remote = (await _world.InAsync("spool/outgoing")).Single();
        remote.Group.ShouldBe("far.test");
        remote.Envelope.Recipients[0].OriginalRecipient.ShouldBe("rfc822;away@here.test");
    }

    [Fact]
    public async Task One_notification_tells_of_all_recipients_that_cannot_be_reached()
    {
        _world.WithoutPipeline();
        var id = await _world.SendAsync("nobody@here.test", A, "bad@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", "spool/outgoing: a@far.test"]);
        var bounce = (await _world.InAsync("spool/outgoing")).Single();
        bounce.Origin.ShouldBe(id);
        (await _world.TextAsync(bounce)).ShouldBe("Subject: bounce\n\nnobody@here.test: 550 5.1.1 no such user here\nbad@here.test: 550 5.1.1 its alias leads to nobody\n");
    }

    [Fact]
    public async Task A_bounce_that_cannot_be_delivered_is_the_end()
    {
        _world.WithoutPipeline();
        await _world.SendAsync(["nobody@here.test"], sender: "nobody@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBeEmpty();
        _world.Timeline.Events.Count(e => e.Kind == TimelineKind.Bounced).ShouldBe(2);
    }

    [Fact]
    public async Task An_address_without_a_domain_cannot_be_sent_to_other_hosts()
    {
        _world.Configure("pipeline:\n  root: [{ deliver: outgoing }]");
        await _world.SendAsync(["here", "b@one.test"], sender: "");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe(["spool/outgoing: b@one.test"]);
        _world.Timeline.Events.ShouldContain(e => e.Kind == TimelineKind.Bounced && e.Recipients.Single() == "here");
    }

    [Fact]
    public async Task Standing_orders_are_obeyed_before_any_rule()
    {
        _world.WithoutPipeline();
        Give(OrderAction.Bounce, "b@here.test", "550 5.7.1 gone for good");
        Give(OrderAction.Discard, "c@here.test", "noise");
        Give(OrderAction.Hold, "d@here.test", "wait");
        Give(OrderAction.Suspend, "e@here.test", "the dispatcher's matter");
        await _world.SendAsync(A, "b@here.test", "c@here.test", "d@here.test", "e@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", "e: e@here.test", "spool/outgoing: a@far.test", "spool/process/root: d@here.test"]);
        (await _world.InAsync("spool/process/root")).Single().State.ShouldBe(MessageState.Held);
        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).Single())).ShouldContain("b@here.test: 550 5.7.1 gone for good");

        _world.Orders.Given.Clear();
        await ReleaseAsync("spool/process/root");
        await _world.ProcessAsync();
        (await _world.InAsync("d")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_order_to_bounce_that_is_no_reply_becomes_one()
    {
        _world.WithoutPipeline();
        Give(OrderAction.Bounce, A, "we moved");
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).Single())).ShouldContain($"{A}: 550 5.7.1 we moved");
    }

    [Fact]
    public async Task Held_mail_goes_on_behind_the_rule_that_held_it()
    {
        _world.Configure("""
            pipeline:
              root:
                - { copy-to: before }
                - { if: "recipient-is(a@here.test)", set-attribute: { k: v }, hold: looks bad }
                - deliver: { queue: end }
            """);
        await _world.SendAsync(A, "b@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"before: {A} b@here.test", "end: b@here.test", $"spool/process/root: {A}"]);
        (await _world.InAsync("spool/process/root")).Single().LastError.ShouldBe("looks bad");

        _world.Clock.Advance(TimeSpan.FromDays(100));
        await _world.ProcessAsync();
        (await _world.InAsync("spool/process/root")).Single().State.ShouldBe(MessageState.Held);
        await ReleaseAsync("spool/process/root");
        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"before: {A} b@here.test", $"end: {A}", "end: b@here.test"]);
        (await _world.InAsync("end")).Single(m => m.Envelope.Recipients[0].Address == A).Text("k").ShouldBe("v");
    }

    [Fact]
    public async Task Mail_held_by_a_processors_last_rule_is_delivered_when_it_is_released()
    {
        _world.Configure("pipeline:\n  root: [{ hold: true }]");
        await _world.SendAsync(A);
        await _world.ProcessAsync();

        await ReleaseAsync("spool/process/root");
        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task Mail_that_is_sent_through_the_pipeline_again_begins_at_its_root()
    {
        _world.Configure("pipeline:\n  root: [{ copy-to: seen }, { hold: true }]");
        await _world.SendAsync(A);
        await _world.ProcessAsync();
        var held = (await _world.InAsync("spool/process/root")).Single();

        await _world.Engine.CommitAsync(new Commit().Move(held.Id, SpoolQueues.Root, new MessageChanges
        {
            IsHeld = false,
            Attributes = new Dictionary<string, AttributeValue?> { [MailAttributes.Processor] = null },
        }));
        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"seen: {A}", $"seen: {A}", $"spool/process/root: {A}"]);
    }

    [Fact]
    public async Task Mail_that_has_grown_too_old_is_bounced_and_kept()
    {
        _world.WithoutPipeline();
        await _world.SendAsync(A);
        _world.Clock.Advance(TimeSpan.FromDays(5));
        await _world.SendAsync("b@here.test");
        _world.Clock.Advance(TimeSpan.FromTicks(1));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe(["b: b@here.test", $"spool/dead-letters: {A}", "spool/outgoing: a@far.test"]);
        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).Single())).ShouldContain($"{A}: 554 5.4.7 delivery time expired after 5d");
    }

    [Fact]
    public async Task Mail_that_is_exactly_old_enough_is_not()
    {
        _world.WithoutPipeline();
        await _world.SendAsync(A);
        _world.Clock.Advance(TimeSpan.FromDays(5));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task Mail_that_its_sender_wanted_later_is_as_old_as_its_time()
    {
        _world.WithoutPipeline();
        await _world.Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = Bodies.Body.Empty,
            Envelope = new Envelope(Far, [new Recipient(A)]),
            DueAt = _world.Clock.GetUtcNow() + TimeSpan.FromDays(10),
        }));
        _world.Clock.Advance(TimeSpan.FromDays(10));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task A_message_that_is_no_mail_is_held_not_lost()
    {
        _world.WithoutPipeline();
        await _world.Engine.CommitAsync(new Commit().Add(new NewMessage { Queue = SpoolQueues.Root, Content = Bodies.Body.Empty }));

        await _world.ProcessAsync();

        (await _world.InAsync("spool/process/error")).Single().LastError.ShouldBe("it has no recipients");
    }

    [Fact]
    public async Task Mail_of_a_processor_that_is_gone_begins_at_the_root()
    {
        _world.WithoutPipeline();
        await _world.SendAsync([A], queue: SpoolQueues.Processor("removed"));

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task A_delay_counts_from_the_decision()
    {
        _world.Configure("pipeline:\n  root: [{ delay: 10m, deliver: mailbox }]");
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        var delivered = (await _world.InAsync("a")).Single();
        delivered.State.ShouldBe(MessageState.Delayed);
        delivered.DueAt.ShouldBe(_world.Clock.GetUtcNow() + TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_delayed_mail_that_leaves_has_its_whole_time_from_when_it_is_due()
    {
        _world.Configure("pipeline:\n  root: [{ delay: 6d, deliver: outgoing }]");
        await _world.SendAsync("f@far.test");

        await _world.ProcessAsync();

        var due = _world.Clock.GetUtcNow() + TimeSpan.FromDays(6);
        var waiting = (await _world.InAsync("spool/outgoing")).Single();
        waiting.DueAt.ShouldBe(due);
        MailAge.GiveUpAt(waiting, TimeSpan.FromDays(5)).ShouldBe(due + TimeSpan.FromDays(5), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_workers_take_what_comes_and_stop_when_told()
    {
        _world.WithoutPipeline();
        using var service = new PipelineService(_world.Definition, _world.Services);
        await service.StartAsync(CancellationToken.None);
        for (var i = 0; i < 250; i++)
            await _world.SendAsync(A);

        while (_world.Engine.Status(QueueName.Parse("a"))?.Ready is not 250)
            await Task.Yield();
        await service.StopAsync(CancellationToken.None);

        await _world.SendAsync(A);
        service.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
        _world.Engine.Status(SpoolQueues.Root)!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task Stopping_gives_back_what_still_waits()
    {
        var begun = new TaskCompletionSource();
        _world.With("wait", async (_, token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        });
        _world.Configure("pipeline:\n  root: [{ wait: long }, { deliver: mailbox }]");
        using var service = new PipelineService(_world.Definition, _world.Services);
        await service.StartAsync(CancellationToken.None);
        await _world.SendAsync(A);
        await begun.Task;

        await service.StopAsync(CancellationToken.None);

        _world.Engine.Status(SpoolQueues.Root)!.Ready.ShouldBe(1);
        (await _world.InAsync("spool/process/root")).Single().Text(MailAttributes.Attempts).ShouldBeNull();
    }

    [Fact]
    public async Task A_paused_root_takes_mail_and_hands_none_out()
    {
        await _world.Engine.CommitAsync(new Commit().SetQueue(SpoolQueues.Root, new QueuePolicy { IsPaused = true }));
        _world.WithoutPipeline();
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"spool/process/root: {A}"]);
    }

    private void Give(OrderAction action, string recipient, string reason) => _world.Orders.Given.Add(new StandingOrder
    {
        Id = reason,
        Action = action,
        Recipient = recipient,
        Reason = reason,
        By = "admin",
        At = _world.Clock.GetUtcNow(),
    });

    private async Task ReleaseAsync(string queue)
    {
        var held = (await _world.InAsync(queue)).Single();
        await _world.Engine.CommitAsync(new Commit().Change(held.Id, new MessageChanges { IsHeld = false, DueAt = _world.Clock.GetUtcNow() }));
    }
}
