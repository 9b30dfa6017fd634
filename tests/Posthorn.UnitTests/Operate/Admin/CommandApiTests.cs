using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;
using MessageState = Posthorn.Client.Contracts.Messages.MessageState;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class CommandApiTests
{
    private static readonly int ChunkMax = new BulkOptions().CommitMax;

    [Fact]
    public async Task A_command_works_on_what_its_query_selects_and_nothing_else()
    {
        await using var host = await AdminHost.StartAsync();
        for (var i = 0; i < ChunkMax + 5; i++)
            await host.MailAsync("q", recipient: "x@gone.test");
        var other = await host.MailAsync("q", recipient: "x@other.test");

        var task = await RunAsync(host, MessageAction.Remove, new MessageQuery { Domain = "gone.test" });

        (task.Selected, task.Done, task.State).ShouldBe((ChunkMax + 5, ChunkMax + 5, TaskState.Succeeded));
        task.Description.ShouldBe("remove (to gone.test)");
        (await host.Client.ListMessagesAsync(new MessageQuery())).Messages.ShouldHaveSingleItem().Id.ShouldBe(other.ToString());
        host.Parts.Events.Count(e => e.Kind == TimelineKind.Removed).ShouldBe(ChunkMax + 5);
    }

    [Fact]
    public async Task A_dry_run_counts_and_shows_and_changes_nothing()
    {
        await using var host = await AdminHost.StartAsync();
        for (var i = 0; i < 25; i++)
            await host.MailAsync("q");

        var preview = await host.Client.PreviewAsync(new MessageCommand { Action = MessageAction.Remove, Query = new MessageQuery { Queues = ["q"] } });

        (preview.Count, preview.First.Count).ShouldBe((25, 10));
        host.Count("q").ShouldBe(25);
        (await host.Client.ListTasksAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Hold_release_priority_and_reschedule_change_messages_where_they_are()
    {
        await using var host = await AdminHost.StartAsync();
        var id = (await host.MailAsync("q")).ToString();
        var query = new MessageQuery { Ids = [id] };

        await RunAsync(host, MessageAction.Hold, query);
        (await host.Client.GetMessageAsync(id)).Message.State.ShouldBe(MessageState.Held);
        await RunAsync(host, MessageAction.Release, query);
        (await host.Client.GetMessageAsync(id)).Message.State.ShouldBe(MessageState.Ready);
        await RunAsync(host, new MessageCommand { Action = MessageAction.Priority, Priority = 2, Query = query });
        await RunAsync(host, new MessageCommand { Action = MessageAction.Reschedule, Delay = TimeSpan.FromHours(1), Query = query });
        var message = (await host.Client.GetMessageAsync(id)).Message;
        (message.State, message.Priority).ShouldBe((MessageState.Delayed, 2));
    }

    [Fact]
    public async Task A_move_over_all_queues_touches_each_message_once()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("a");
        await host.MailAsync("m");
        await host.MailAsync("z");

        var task = await RunAsync(host, new MessageCommand { Action = MessageAction.Move, To = "m", Query = new MessageQuery() });

        task.Done.ShouldBe(2);
        host.Count("m").ShouldBe(3);
    }

    [Fact]
    public async Task A_rerun_starts_the_pipeline_afresh_and_refuses_what_is_no_mail()
    {
        await using var host = await AdminHost.StartAsync();
        var id = await host.MailAsync("q", error: "boom", attributes: new Dictionary<string, AttributeValue> { ["mail.processor"] = "error", ["mail.attempts"] = "5" });
        await host.Client.SendAsync("q", "no mail"u8.ToArray());

        var task = await RunAsync(host, MessageAction.Rerun, new MessageQuery { Queues = ["q"] });

        (task.Done, task.Refused).ShouldBe((1, 1));
        var message = await host.Engine.FindAsync(id);
        message!.Queue.Value.ShouldBe("spool/process/root");
        message.Attributes.Keys.ShouldBe(["mail.not-before"]); // its age counts from now
        message.LastError.ShouldBeNull();
    }

    [Fact]
    public async Task A_bounce_tells_the_sender_in_the_commit_that_removes_the_mail()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", "ann@one.test");
        await host.MailAsync("q", "");

        var task = await RunAsync(host, new MessageCommand { Action = MessageAction.Bounce, Reason = "550 5.1.1 closed", Query = new MessageQuery { Queues = ["q"] } });

        task.Done.ShouldBe(2);
        host.Count("q").ShouldBe(0);
        var bounce = (await host.Client.ListMessagesAsync(new MessageQuery())).Messages.ShouldHaveSingleItem();
        (bounce.Sender, bounce.Recipients[0]).ShouldBe(("", "ann@one.test"));
    }

    [Fact]
    public async Task A_bounce_for_a_time_gives_the_standing_order_too()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q", recipient: "x@down.test");

        var task = await RunAsync(host, new MessageCommand
        {
            Action = MessageAction.Bounce, Query = new MessageQuery { Domain = "down.test" }, For = TimeSpan.FromHours(2),
        });

        var order = (await host.Client.ListOrdersAsync()).ShouldHaveSingleItem();
        (order.Id, order.Action, order.Domain, order.Until - order.At).ShouldBe((task.Order, OrderAction.Bounce, "down.test", TimeSpan.FromHours(2)));
        task.Done.ShouldBe(1);
    }

    [Fact]
    public async Task What_somebody_works_on_is_left_alone_unless_asked_for()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q");
        await host.Client.ReceiveAsync("q");

        (await RunAsync(host, new MessageCommand { Action = MessageAction.Hold, IncludeLeased = true, Query = new MessageQuery() })).Done.ShouldBe(1);
        (await host.Client.GetQueueAsync("q")).Held.ShouldBe(1);
    }

    [Fact]
    public async Task A_leased_message_is_tried_again_until_its_lease_ends()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q");
        var lease = (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem();

        var task = await host.Client.StartAsync(new MessageCommand { Action = MessageAction.Remove, Query = new MessageQuery { Queues = ["q"] } });
        while (task.Selected == 0)
            task = await host.Client.GetTaskAsync(task.Id);
        await host.Client.ReleaseAsync(lease.Handle);

        (await host.Client.WaitAsync(task)).Done.ShouldBe(1);
        host.Count("q").ShouldBe(0);
    }

    [Fact]
    public async Task A_task_is_cancelled_and_says_so()
    {
        await using var host = await AdminHost.StartAsync();
        await host.MailAsync("q");
        await host.Client.ReceiveAsync("q");

        var task = await host.Client.StartAsync(new MessageCommand { Action = MessageAction.Remove, Query = new MessageQuery() });
        await host.Client.CancelTaskAsync(task.Id);

        (await host.Client.WaitAsync(task)).State.ShouldBe(TaskState.Cancelled);
        host.Count("q").ShouldBe(1);
    }

    [Fact]
    public async Task The_same_key_starts_a_command_once()
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        http.DefaultRequestHeaders.Add("Idempotency-Key", "once");

        var first = await http.PostAsync("/v1/messages/commands", Json("""{"action":"remove","query":{}}"""));
        var second = await http.PostAsync("/v1/messages/commands", Json("""{"action":"remove","query":{}}"""));

        second.Headers.Location.ShouldBe(first.Headers.Location);
        (await host.Client.ListTasksAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"action":"move","query":{}}""", "to:")]
    [InlineData("""{"action":"priority","query":{}}""", "priority:")]
    [InlineData("""{"action":"remove","priority":3,"query":{}}""", "priority:")]
    [InlineData("""{"action":"bounce","reason":"go away","query":{}}""", "reason:")]
    [InlineData("""{"action":"bounce","for":"2h","query":{"olderThan":60}}""", "for:")]
    [InlineData("""{"action":"explode","query":{}}""", "action")]
    [InlineData("""{"action":"remove"}""", "query")]
    [InlineData("""{"action":"remove","query":{"headers":[{"name":"X","regex":"("}]}}""", "header X")]
    [InlineData("""{"action":"remove","query":{"ids":["!"]}}""", "message id")]
    public async Task A_command_that_cannot_be_meant_is_refused(string json, string named)
    {
        await using var host = await AdminHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        var response = await http.PostAsync("/v1/messages/commands", Json(json));

        ((int)response.StatusCode).ShouldBe(400);
        (await response.Content.ReadAsStringAsync()).ShouldContain(named);
    }

    private static StringContent Json(string text) => new(text, null, "application/json");

    private static Task<TaskInfo> RunAsync(AdminHost host, MessageAction action, MessageQuery query) =>
        RunAsync(host, new MessageCommand { Action = action, Query = query });

    private static async Task<TaskInfo> RunAsync(AdminHost host, MessageCommand command) =>
        await host.Client.WaitAsync(await host.Client.StartAsync(command));
}
