using System.Net;
using System.Text.Json.Nodes;
using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Messages;
using Shouldly;
using Xunit;
using MessageState = Posthorn.Client.Contracts.Messages.MessageState;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class QueueApiTests
{
    [Fact]
    public async Task A_queue_is_made_shown_changed_and_deleted()
    {
        await using var host = await AdminHost.StartAsync();

        var made = await host.Client.PutQueueAsync("invoices", new QueueSettings { VisibilityTimeout = TimeSpan.FromMinutes(2), MaxReceives = 5, DeadLetter = "dead" });
        made.Settings.VisibilityTimeout.ShouldBe(TimeSpan.FromMinutes(2));
        var changed = await host.Client.ChangeQueueAsync("invoices", new JsonObject { ["retention"] = "14d", ["maxReceives"] = null, ["deadLetter"] = null });
        changed.Settings.ShouldBe(made.Settings with { Retention = TimeSpan.FromDays(14), MaxReceives = null, DeadLetter = null });
        (await host.Client.ListQueuesAsync("inv")).ShouldHaveSingleItem().ShouldBe(changed);

        await host.Client.DeleteQueueAsync("invoices");
        (await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.GetQueueAsync("invoices"))).Code.ShouldBe("queue-not-found");
    }

    [Fact]
    public async Task A_setting_that_is_left_out_is_the_default()
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        (await http.PutAsync("/v1/queues/q", new StringContent("{\"maxMessages\": 5}", null, "application/json"))).StatusCode.ShouldBe(HttpStatusCode.Created);

        (await host.Client.GetQueueAsync("q")).Settings.ShouldBe(new QueueSettings { MaxMessages = 5 });
    }

    [Theory]
    [InlineData("spool/outgoing")]
    [InlineData("a b+c&d?e#f")]
    [InlineData("100%2Fliterally")]
    [InlineData("Ordnung/Ärger")]
    public async Task A_queue_of_any_name_can_be_reached(string name)
    {
        await using var host = await AdminHost.StartAsync();

        await host.Client.PutQueueAsync(name, new QueueSettings());

        (await host.Client.GetQueueAsync(name)).Name.ShouldBe(name);
        host.Engine.Queues().ShouldHaveSingleItem().Name.Value.ShouldBe(name);
    }

    [Theory]
    [InlineData("{\"maxReceives\": 3}", "deadLetter")]
    [InlineData("{\"visibilityTimeout\": \"13h\"}", "12 hours")]
    [InlineData("{\"visibilityTimeout\": \"soon\"}", "duration")]
    [InlineData("{\"colour\": 1}", "colour")]
    [InlineData("{", "")]
    public async Task A_bad_setting_is_refused_with_its_name(string json, string named)
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        var response = await http.PutAsync("/v1/queues/q", new StringContent(json, null, "application/json"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        problem["code"]!.GetValue<string>().ShouldBe("bad-request");
        problem["detail"]!.GetValue<string>().ShouldContain(named);
        host.Engine.Queues().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_paused_queue_says_so_and_resumes()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q");

        (await host.Client.PauseQueueAsync("q")).Settings.Paused.ShouldBeTrue();
        (await host.Client.ReceiveAsync("q")).ShouldBeEmpty();
        (await host.Client.ResumeQueueAsync("q")).Settings.Paused.ShouldBeFalse();
        (await host.Client.ReceiveAsync("q")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_purge_removes_everything_leased_messages_too()
    {
        await using var host = await AdminHost.StartAsync();
        for (var i = 0; i < 2_500; i++)
            await host.MailAsync("q");
        await host.Client.ReceiveAsync("q", new() { Max = 10 });

        var task = await host.Client.WaitAsync(await host.Client.PurgeQueueAsync("q"));

        task.State.ShouldBe(TaskState.Succeeded);
        (task.Total, task.Done).ShouldBe((2_500, 2_500));
        host.Count("q").ShouldBe(0);
    }

    [Fact]
    public async Task A_flush_makes_delayed_messages_due_and_leaves_held_ones()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", dueAt: TimeProvider.System.GetUtcNow().AddHours(1));
        await host.MailAsync("q", isHeld: true);

        var task = await host.Client.WaitAsync(await host.Client.FlushQueueAsync("q"));

        task.Done.ShouldBe(1);
        var queue = await host.Client.GetQueueAsync("q");
        (queue.Ready, queue.Delayed, queue.Held).ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task A_redrive_puts_dead_letters_back_with_their_attempts_forgotten()
    {
        await using var host = await AdminHost.StartAsync();
        var known = await host.MailAsync("dead", error: "451 later", attributes: new Dictionary<string, AttributeValue>
        {
            ["mail.dead-letter-source"] = "spool/outgoing", ["mail.attempts"] = "7", ["colour"] = "red",
        });
        await host.MailAsync("dead");

        var task = await host.Client.WaitAsync(await host.Client.RedriveQueueAsync("dead"));

        (task.Done, task.Refused).ShouldBe((1, 1));
        task.Errors.ShouldHaveSingleItem().Reason.ShouldContain("where it came from");
        var redriven = await host.Engine.FindAsync(known);
        redriven!.Queue.Value.ShouldBe("spool/outgoing");
        redriven.LastError.ShouldBeNull();
        redriven.Attributes.Keys.ShouldBe(["colour", "mail.not-before"], ignoreOrder: true); // its age counts from now
    }

    [Fact]
    public async Task A_queue_tells_and_keeps_all_its_policies()
    {
        await using var host = await AdminHost.StartAsync();
        var settings = new QueueSettings
        {
            Fifo = true, DeduplicationWindow = TimeSpan.FromHours(1), DeduplicationScope = DeduplicationScope.Group, KeepConsumed = TimeSpan.FromDays(7), LeasesMax = 20_000,
        };
        (await host.Client.PutQueueAsync("q", settings)).Settings.ShouldBe(settings);
        (await host.Client.ChangeQueueAsync("q", new JsonObject { ["keepConsumed"] = null, ["deduplicationScope"] = "queue" })).Settings
            .ShouldBe(settings with { KeepConsumed = null, DeduplicationScope = DeduplicationScope.Queue });
        await host.MailAsync("q");
        (await Should.ThrowAsync<PosthornException>(() => host.Client.ChangeQueueAsync("q", new JsonObject { ["fifo"] = false }))).Code.ShouldBe("queue-not-empty");
    }

    [Fact]
    public async Task A_fair_queue_tells_of_its_lanes()
    {
        await using var host = await AdminHost.StartAsync();
        (await host.Client.PutQueueAsync("plain", new QueueSettings())).Lanes.ShouldBeNull();
        var settings = new QueueSettings { Fairness = "attribute(account)" };
        var queue = await host.Client.PutQueueAsync("q", settings);
        queue.Settings.ShouldBe(settings);
        queue.Lanes.ShouldBe(new QueueLanes());
        (await host.Client.ChangeQueueAsync("q", new JsonObject { ["fairness"] = "group" })).Settings.Fairness.ShouldBe("group");
        await host.MailAsync("q");
        host.Engine.Defer(Posthorn.Queues.QueueName.Parse("q"), "", TimeSpan.FromMinutes(1));
        var lanes = (await host.Client.GetQueueAsync("q")).Lanes!;
        (lanes.Delayed, lanes.DeferredGroups, lanes.NoisyTenants).ShouldBe((1, 1, 0));
        lanes.OldestDelayedAt.ShouldNotBeNull();
        (await host.Client.ChangeQueueAsync("q", new JsonObject { ["fairness"] = null })).Settings.Fairness.ShouldBeNull();
        (await Should.ThrowAsync<PosthornException>(() => host.Client.ChangeQueueAsync("q", new JsonObject { ["fairness"] = "tenant" }))).Code.ShouldBe("bad-request");
        (await Should.ThrowAsync<PosthornException>(() => host.Client.PutQueueAsync("r", new QueueSettings { Fairness = "group", Fifo = true }))).Code.ShouldBe("bad-request");
    }

    [Fact]
    public async Task What_was_consumed_is_counted_listed_replayed_and_at_last_discarded()
    {
        var time = new HostTime();
        await using var host = await AdminHost.StartAsync(time: time);
        await host.Client.PutQueueAsync("q", new QueueSettings { KeepConsumed = TimeSpan.FromDays(7) });
        var start = time.Now;
        for (var i = 0; i < 4; i++)
        {
            await host.Client.RemoveMessageAsync((await host.MailAsync("q", priority: i)).ToString());
            time.Now += TimeSpan.FromMinutes(1);
        }
        var queue = await host.Client.GetQueueAsync("q");
        (queue.Messages, queue.Consumed).ShouldBe((0, 4));
        (await host.Client.ListMessagesAsync(new MessageQuery { Queues = ["q"] })).Messages.ShouldBeEmpty();
        var page = await host.Client.ListMessagesAsync(new MessageQuery { Queues = ["q"], States = [MessageState.Consumed] }, limit: 3);
        var rest = await host.Client.ListMessagesAsync(new MessageQuery { Queues = ["q"], States = [MessageState.Consumed] }, limit: 3, after: page.Next);
        (page.Messages.Count, rest.Messages.Count).ShouldBe((3, 1));

        var task = await host.Client.WaitAsync(await host.Client.ReplayQueueAsync("q", consumedFrom: start + TimeSpan.FromMinutes(1), consumedBefore: start + TimeSpan.FromMinutes(3)));
        task.Done.ShouldBe(2);
        queue = await host.Client.GetQueueAsync("q");
        (queue.Ready, queue.Consumed).ShouldBe((2, 2));

        await host.Client.WaitAsync(await host.Client.PurgeQueueAsync("q"));
        queue = await host.Client.GetQueueAsync("q");
        (queue.Messages, queue.Consumed).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_redrive_finds_the_only_queue_that_sends_its_dead_letters_there()
    {
        await using var host = await AdminHost.StartAsync();
        await host.Client.PutQueueAsync("work", new QueueSettings { MaxReceives = 1, DeadLetter = "dead" });
        await host.MailAsync("dead");

        (await host.Client.WaitAsync(await host.Client.RedriveQueueAsync("dead"))).Done.ShouldBe(1);

        host.Count("work").ShouldBe(1);
    }

    [Fact]
    public async Task The_shape_counts_a_mail_once_for_each_of_its_destinations()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", recipient: "x@one.test");
        await host.MailAsync("q", recipient: "y@ONE.test", error: "451 busy");
        await host.MailAsync("q", recipient: "z@two.test", sender: "");

        var shape = await host.Client.GetQueueShapeAsync("q");
        shape.Total.Messages.ShouldBe(3);
        shape.Rows.Select(r => (r.Key, r.Messages, r.ByAge[0])).ShouldBe([("one.test", 2, 2), ("two.test", 1, 1)]);
        (await host.Client.GetQueueShapeAsync("q", ShapeBy.Sender, rows: 1)).Others.ShouldBe(1);
        (await host.Client.GetQueueShapeAsync("q", ShapeBy.Error)).Rows.Select(r => r.Key).ShouldBe(["", "451 busy"]);
    }

    [Fact]
    public async Task A_queue_of_the_mail_path_is_not_deleted()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("spool/outgoing");

        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.DeleteQueueAsync("spool/outgoing"))).Code.ShouldBe("spool-queue");
        host.Count("spool/outgoing").ShouldBe(1);
    }
}
