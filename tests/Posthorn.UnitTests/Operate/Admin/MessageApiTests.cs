using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;
using MessageState = Posthorn.Client.Contracts.Messages.MessageState;

namespace Posthorn.UnitTests.Operate.Admin;

public sealed class MessageApiTests
{
    [Fact]
    public async Task Pages_list_messages_in_the_order_of_delivery_each_once()
    {
        await using var host = await AdminHost.StartAsync();
        for (var i = 0; i < 7; i++)
            await host.MailAsync(i < 4 ? "b" : "a", priority: i % 3 + 4);

        var seen = new List<MessageInfo>();
        string? after = null;
        do
        {
            var page = await host.Client.ListMessagesAsync(new MessageQuery(), limit: 2, after);
            page.Messages.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Messages);
            after = page.Next;
        }
        while (after is not null);

        seen.Select(m => (m.Queue, m.Priority, m.Number)).ShouldBe(seen.Select(m => (m.Queue, m.Priority, m.Number)).Distinct()
            .OrderBy(m => m.Queue).ThenByDescending(m => m.Priority).ThenBy(m => m.Number));
        seen.Count.ShouldBe(7);
    }

    public static TheoryData<MessageQuery, string> Queries => new()
    {
        { new MessageQuery { Sender = "ANN@one.test" }, "1" },
        { new MessageQuery { Sender = "*@one.test" }, "1 2" },
        { new MessageQuery { Sender = "" }, "3" },
        { new MessageQuery { Recipient = "x@to.test" }, "1" },
        { new MessageQuery { Domain = "to.test" }, "1 2" },
        { new MessageQuery { Headers = [new HeaderCondition("X-Kind") { Value = "Invoice" }] }, "1" },
        { new MessageQuery { Headers = [new HeaderCondition("x-kind")] }, "1 2" },
        { new MessageQuery { Headers = [new HeaderCondition("X-Kind") { Regex = "^in" }, new HeaderCondition("Subject") { Regex = "Gr(ü|u)" }] }, "1" },
        { new MessageQuery { Attributes = new Dictionary<string, string> { ["job"] = "7" } }, "2" },
        { new MessageQuery { MinAttempts = 3 }, "2" },
        { new MessageQuery { MaxAttempts = 2 }, "1 3" },
        { new MessageQuery { Error = "greylisted" }, "2" },
        { new MessageQuery { MinPriority = 8 }, "3" },
        { new MessageQuery { MaxPriority = 4 }, "1" },
        { new MessageQuery { States = [MessageState.Held] }, "3" },
        { new MessageQuery { OlderThan = TimeSpan.FromHours(1) }, "" },
        { new MessageQuery { YoungerThan = TimeSpan.FromHours(1), Queues = ["q"] }, "1 2 3" },
        { new MessageQuery { Domain = "to.test", Error = "GREY" }, "2" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_query_selects_by_everything_it_names(MessageQuery query, string expected)
    {
        await using var host = await AdminHost.StartAsync();
        var ids = new List<MessageId>
        {
            await host.MailAsync("q", "ann@one.test", "x@to.test", "X-Kind: invoice\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", priority: 4),
            await host.MailAsync("q", "bob@one.test", "y@to.test", "X-Kind: reminder", error: "451 4.7.1 Greylisted", attributes:
                new Dictionary<string, AttributeValue> { ["mail.attempts"] = "3", ["job"] = "7" }),
            await host.MailAsync("q", "", "z@other.test", priority: 9, isHeld: true),
        };

        var page = await host.Client.ListMessagesAsync(query);
        var preview = await host.Client.PreviewAsync(new MessageCommand { Action = MessageAction.Remove, Query = query });

        string.Join(' ', page.Messages.Select(m => ids.FindIndex(i => i.ToString() == m.Id) + 1).Order()).ShouldBe(expected);
        preview.Count.ShouldBe(page.Messages.Count);
        host.Count("q").ShouldBe(3);
    }

    [Fact]
    public async Task A_message_shows_its_envelope_headers_attributes_and_bytes()
    {
        await using var host = await AdminHost.StartAsync();
        var id = (await host.MailAsync("q", header: "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: a\r\n b", attributes:
            new Dictionary<string, AttributeValue> { ["bytes"] = AttributeValue.Of(new byte[] { 0, 255 }, "Binary", isText: false) })).ToString();

        var detail = await host.Client.GetMessageAsync(id);
        using var body = new StreamReader(await host.Client.OpenMessageAsync(id));

        detail.Headers.ShouldBe([new MessageHeader("Subject", "Grüße"), new MessageHeader("X-Long", "a b")]);
        detail.Attributes["bytes"].Bytes.ShouldBe([0, 255]);
        detail.Recipients.ShouldHaveSingleItem().Address.ShouldBe("b@example.test");
        (await body.ReadToEndAsync()).ShouldBe("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: a\r\n b\r\n\r\nbody\r\n");
    }

    [Fact]
    public async Task One_message_is_held_released_and_rescheduled()
    {
        await using var host = await AdminHost.StartAsync();
        var id = (await host.MailAsync("q")).ToString();

        (await host.Client.ChangeMessageAsync(id, new MessageChange { Held = true })).Message.State.ShouldBe(MessageState.Held);
        (await host.Client.ChangeMessageAsync(id, new MessageChange { Held = false, Priority = 8 })).Message.State.ShouldBe(MessageState.Ready);
        var later = await host.Client.ChangeMessageAsync(id, new MessageChange { Delay = TimeSpan.FromHours(2) });
        later.Message.State.ShouldBe(MessageState.Delayed);
        later.Message.Priority.ShouldBe(8);
        host.Parts.Events.Select(e => e.Kind).ShouldBe([TimelineKind.Held, TimelineKind.Changed, TimelineKind.Changed]);
        host.Parts.Events.ShouldAllBe(e => e.Detail!.EndsWith("by admin"));
    }

    [Fact]
    public async Task A_leased_message_is_taken_by_force_only()
    {
        await using var host = await AdminHost.StartAsync();
        var id = (await host.MailAsync("q")).ToString();
        var lease = (await host.Client.ReceiveAsync("q")).ShouldHaveSingleItem();

        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.RemoveMessageAsync(id))).Code.ShouldBe("message-leased");
        (await host.Client.ChangeMessageAsync(id, new MessageChange { Priority = 9 })).Message.State.ShouldBe(MessageState.Leased);
        (await host.Client.ChangeMessageAsync(id, new MessageChange { Held = true }, force: true)).Message.State.ShouldBe(MessageState.Held);
        (await Should.ThrowAsync<PosthornRefusedException>(() => host.Client.AckAsync(lease.Handle))).Code.ShouldBe("lease-ended");
        await host.Client.RemoveMessageAsync(id);
        (await Should.ThrowAsync<PosthornNotFoundException>(() => host.Client.GetMessageAsync(id))).Code.ShouldBe("message-not-found");
    }

    [Fact]
    public async Task A_trace_tells_the_whole_life_of_a_message_that_is_gone()
    {
        await using var host = await AdminHost.StartAsync();
        var sent = await host.Client.SendAsync("q", "x"u8.ToArray());
        await host.Client.ChangeMessageAsync(sent.Id, new MessageChange { Priority = 9 });
        await host.Client.AckAsync((await host.Client.ReceiveAsync("q"))[0].Handle);

        var events = await host.Client.TraceAsync(new() { Id = sent.Id });

        events.Select(e => e.Kind).ShouldBe(["accepted", "changed", "leased", "consumed"]);
        events.ShouldAllBe(e => e.Queue == "q" && e.Message == sent.Id);
        (await host.Client.TraceAsync(new() { Recipient = "nobody@example.test" })).ShouldBeEmpty();
        (await Should.ThrowAsync<PosthornException>(() => host.Client.TraceAsync(new()))).Code.ShouldBe("bad-request");
    }
}
