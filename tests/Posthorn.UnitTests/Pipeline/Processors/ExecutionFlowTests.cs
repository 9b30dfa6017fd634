using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

public sealed class ExecutionFlowOnTheReferenceTests() : ExecutionFlowTests(PipelineWorld.Reference);

public sealed class ExecutionFlowOnTheJournalTests() : ExecutionFlowTests(PipelineWorld.Journal);

/// <summary>What is done to whom: branches, their independence, and that everybody is handled once.</summary>
public abstract class ExecutionFlowTests : IAsyncLifetime
{
    private const string A = "a@here.test";
    private const string B = "b@here.test";
    private const string C = "c@here.test";
    private const string Far = "f@far.test";

    private readonly PipelineWorld _world;
    private readonly List<string> _calls = [];

    protected ExecutionFlowTests(Func<TimeProvider, IEngine> engine) => _world = new PipelineWorld(engine)
        .With("note", mail => _calls.Add(string.Join(' ', mail.Recipients.Select(r => r.Address[0]))))
        .With("taint", mail =>
        {
            mail.SetAttribute("tainted", "yes");
            mail.Priority = Priority.Highest;
            mail.Sender = "tainted@far.test";
            mail.SetRecipients(mail.Recipients.Select(r => r with { Address = "t" + r.Address }).ToArray());
        });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_partial_match_runs_each_mailet_once_for_its_branch()
    {
        await RunAsync("""
            - { note: before }
            - { if: "recipient-is(a@here.test)", note: matched }
            - { note: behind }
            - deliver: mailbox
            """, A, B);

        _calls.ShouldBe(["a b", "a", "a", "b"]);
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"b: {B}"]);
    }

    [Fact]
    public async Task A_partial_match_asks_each_matcher_once_for_each_branch()
    {
        var asked = new List<string>();
        _world.WithMatcher("some", (mail, arguments) =>
        {
            asked.Add($"{arguments[0]}: {string.Join(' ', mail.Recipients.Select(r => r.Address[0]))}");
            return mail.Recipients.Where(r => r.Address[0] == arguments[1][0]).ToArray();
        });

        await RunAsync("""
            - { if: "some(one, a)", ignore: true }
            - { if: "some(two, b)", deliver: { queue: two } }
            - deliver: mailbox
            """, A, B, C);

        asked.ShouldBe(["one: a b c", "two: a", "two: b c"]);
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"c: {C}", $"two: {B}"]);
    }

    [Fact]
    public async Task A_matcher_of_ones_own_that_selects_by_another_case_or_a_stranger_selects_nobody_wrongly()
    {
        _world.WithMatcher("some", (_, _) => [new Recipient("stranger@here.test"), new Recipient(A)]);

        await RunAsync("""
            - { if: some, deliver: { queue: some } }
            - deliver: mailbox
            """, A, B);

        (await _world.EverythingAsync()).ShouldBe([$"b: {B}", $"some: {A}"]);
    }

    [Theory]
    [InlineData("all or sender-is-null", "a b")]
    [InlineData("sender-is-null", "")]
    [InlineData("recipient-domain-is(here.test)", "a b")]
    [InlineData("recipient-domain-is(far.test)", "")]
    public async Task A_match_of_all_or_of_nobody_does_not_split(string condition, string matched)
    {
        await RunAsync($"""
            - {"{"} if: "{condition}", note: matched {"}"}
            - {"{"} note: behind {"}"}
            - deliver: {"{"} queue: end {"}"}
            """, A, B);

        _calls.ShouldBe(matched.Length > 0 ? [matched, "a b"] : ["a b"]);
        (await _world.EverythingAsync()).ShouldBe([$"end: {A} {B}"]);
    }

    [Fact]
    public async Task Changes_in_one_branch_never_reach_the_other()
    {
        await RunAsync("""
            - { set-header: { X-Before: both } }
            - { if: "recipient-is(a@here.test)", taint: x, set-header: { X-Before: tainted }, add-footer: tainted, delay: 1h }
            - { note: behind }
            - deliver: { queue: end }
            """, A, B);

        var messages = await _world.InAsync("end");
        var tainted = messages.Single(m => m.Envelope.Recipients[0].Address == "t" + A);
        var clean = messages.Single(m => m.Envelope.Recipients[0].Address == B);
        tainted.Text("tainted").ShouldBe("yes");
        tainted.Priority.ShouldBe(Priority.Highest);
        tainted.State.ShouldBe(MessageState.Delayed);
        (await _world.TextAsync(tainted)).ShouldBe("Subject: hello\nX-Before: tainted\n\nbody\ntainted\n");
        clean.Text("tainted").ShouldBeNull();
        clean.Priority.ShouldBe(Priority.Normal);
        clean.Envelope.Sender.ShouldBe("a@far.test");
        clean.State.ShouldBe(MessageState.Ready);
        (await _world.TextAsync(clean)).ShouldBe("Subject: hello\nX-Before: both\n\nbody\n");
    }

    [Fact]
    public async Task Changes_behind_a_copy_do_not_reach_the_copy()
    {
        await RunAsync("""
            - { copy-to: audit, set-header: { X: y }, set-attribute: { k: v } }
            - deliver: { queue: end }
            """, A);

        (await _world.TextAsync((await _world.InAsync("audit"))[0])).ShouldBe("Subject: hello\n\nbody\n");
        (await _world.InAsync("audit"))[0].Text("k").ShouldBeNull();
        (await _world.TextAsync((await _world.InAsync("end"))[0])).ShouldBe("Subject: hello\nX: y\n\nbody\n");
    }

    [Fact]
    public async Task What_was_split_upstream_stays_split()
    {
        await RunAsync("""
            - { if: "recipient-is(a@here.test)", set-attribute: { first: "yes" } }
            - { note: each }
            - { if: "recipient-is(b@here.test)", set-attribute: { second: "yes" } }
            - { note: each }
            - deliver: { queue: end }
            """, A, B, C);

        _calls.ShouldBe(["a", "a", "b c", "b", "c"]);
        (await _world.InAsync("end")).Select(m => $"{m.Envelope.Recipients.Single().Address[0]} {m.Text("first")} {m.Text("second")}".TrimEnd())
            .ShouldBe(["a yes", "b  yes", "c"], ignoreOrder: true);
    }

    [Fact]
    public async Task No_recipient_is_handled_twice()
    {
        await RunAsync("""
            - { if: "recipient-is(a@here.test)", deliver: mailbox }
            - { if: "recipient-is(a@here.test, b@here.test)", deliver: mailbox }
            - { if: "recipient-is-local", deliver: mailbox }
            - discard: true
            """, A, B, C, Far);

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"b: {B}", $"c: {C}"]);
    }

    [Fact]
    public async Task An_end_keeps_what_follows_from_running()
    {
        await RunAsync("""
            - { if: "recipient-is(a@here.test)", discard: true }
            - { note: behind }
            - deliver: mailbox
            """, A, B);

        _calls.ShouldBe(["b"]);
        (await _world.EverythingAsync()).ShouldBe([$"b: {B}"]);
    }

    [Fact]
    public async Task A_mailet_of_ones_own_can_end_the_way_too()
    {
        _world.With("drop", mail => mail.Discard());

        await RunAsync("""
            - { if: "recipient-is(a@here.test)", drop: it, note: behind it }
            - deliver: mailbox
            """, A, B);

        _calls.ShouldBeEmpty();
        (await _world.EverythingAsync()).ShouldBe([$"b: {B}"]);
    }

    [Fact]
    public async Task Another_processor_takes_over_a_part_in_the_same_commit()
    {
        await RunAsync("""
            - { if: "recipient-is(a@here.test)", to: other }
            - { note: root }
            - deliver: mailbox
            other:
              - { note: other }
              - deliver: { queue: others }
            """, A, B);

        _calls.ShouldBe(["a", "b"]);
        (await _world.EverythingAsync()).ShouldBe([$"b: {B}", $"others: {A}"]);
        _world.Engine.Commits.Count.ShouldBe(2); // to send it, and all the rest
    }

    [Fact]
    public async Task A_processor_with_a_queue_is_a_stop_on_the_way()
    {
        Configure("""
            - to: other
            other:
              queue: true
              rules:
                - { note: other }
                - deliver: mailbox
            """);
        var id = await _world.SendAsync([A]);

        await _world.ProcessOnceAsync();
        await _world.ProcessOnceAsync();

        _calls.ShouldBe(["a"]);
        var delivered = (await _world.InAsync("a")).ShouldHaveSingleItem();
        delivered.Id.ShouldBe(id);
        _world.Timeline.Events.Where(e => e.Kind == TimelineKind.Queued).Select(e => e.Queue).ShouldBe(["spool/process/other", "a"]);
    }

    [Fact]
    public async Task A_mail_that_goes_on_as_one_is_moved_and_keeps_its_id_and_body()
    {
        Configure("- { set-priority: 7, deliver: { queue: end } }");
        var id = await _world.SendAsync([A]);
        var before = (await _world.Engine.FindAsync(id))!;

        await _world.ProcessAsync();

        var after = (await _world.InAsync("end")).ShouldHaveSingleItem();
        after.Id.ShouldBe(id);
        _world.Engine.NewBodies(_world.Engine.Commits[^1]).ShouldBeEmpty();
        after.Priority.Value.ShouldBe(7);
        after.AcceptedAt.ShouldBe(before.AcceptedAt);
        _world.Engine.Opened.ShouldBe(0);
    }

    [Fact]
    public async Task A_mail_that_was_split_becomes_messages_of_its_origin_that_share_its_body()
    {
        Configure("""
            - { if: "recipient-is(a@here.test)", deliver: { queue: one } }
            - deliver: { queue: two }
            """);
        var id = await _world.SendAsync([A, B]);
        var before = (await _world.Engine.FindAsync(id))!;
        _world.Clock.Advance(TimeSpan.FromHours(1));

        await _world.ProcessAsync();

        foreach (var message in new[] { (await _world.InAsync("one")).Single(), (await _world.InAsync("two")).Single() })
        {
            message.Origin.ShouldBe(id);
            message.AcceptedAt.ShouldBe(before.AcceptedAt);
        }

        _world.Engine.NewBodies(_world.Engine.Commits[^1]).ShouldBeEmpty();

        (await _world.Engine.FindAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task A_header_is_changed_in_front_of_the_same_body()
    {
        Configure("""
            - { set-header: { Subject: "[{sender}] {subject}", X-New: "ü" }, remove-header: x-drop }
            - deliver: { queue: end }
            """);
        await _world.SendAsync([A], "Received: x\nSubject: one\nX-Drop: 1\nX-Keep: 2\n\nbody\n");

        await _world.ProcessAsync();

        var after = (await _world.InAsync("end")).Single();
        (await _world.TextAsync(after)).ShouldBe("Received: x\nSubject: [a@far.test] one\nX-Keep: 2\nX-New: =?utf-8?b?w7w=?=\n\nbody\n");
        _world.Engine.NewBodies(_world.Engine.Commits[^1]).ShouldBeEmpty();
        after.Content.Skip.ShouldBe("Received: x\nSubject: one\nX-Drop: 1\nX-Keep: 2\n\n".ReplaceLineEndings("\r\n").Length);
    }

    [Fact]
    public async Task Outgoing_mail_is_one_message_for_each_domain()
    {
        await RunAsync("- deliver: outgoing", "a@one.test", "b@TWO.test", "c@One.test.", "d@bücher.test", "e@xn--bcher-kva.test");

        var messages = await _world.InAsync("spool/outgoing");
        messages.ToDictionary(m => m.Group!, m => string.Join(' ', m.Envelope.Recipients.Select(r => r.Address[0]))).ShouldBe(new Dictionary<string, string>
        {
            ["one.test"] = "a c",
            ["two.test"] = "b",
            ["xn--bcher-kva.test"] = "d e",
        }, ignoreOrder: true);
        _world.Engine.Commits.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Outgoing_mail_for_one_domain_is_moved()
    {
        Configure("- deliver: outgoing");
        var id = await _world.SendAsync(["a@one.test", "b@one.test"]);

        await _world.ProcessAsync();

        var message = (await _world.InAsync("spool/outgoing")).ShouldHaveSingleItem();
        message.Id.ShouldBe(id);
        message.Group.ShouldBe("one.test");
    }

    [Fact]
    public async Task Every_decision_can_be_seen_afterwards()
    {
        Configure("""
            - { if: "recipient-is(a@here.test)", set-priority: 7, copy-to: audit }
            - { if: "recipient-is(b@here.test)", discard: true }
            - deliver: mailbox
            """);
        var id = await _world.SendAsync([A, B]);

        await _world.ProcessAsync();

        _world.Timeline.Events.ShouldAllBe(e => e.Origin == id);
        _world.Timeline.Events.Select(e => $"{e.Kind} {e.Queue}: {e.Detail} ({string.Join(' ', e.Recipients.Select(r => r[0]))})").ShouldBe(
        [
            "Decided spool/process/root: pipeline.root[0] set-priority: 7 (a)",
            "Decided spool/process/root: pipeline.root[0] copy-to: audit (a)",
            "Decided spool/process/root: pipeline.root[2] deliver: mailbox (a)",
            "Removed spool/process/root: discarded by pipeline.root[1] (b)",
            "Decided spool/process/root: pipeline.root[1] discard (b)",
            "Queued audit: a copy (a)",
            "Queued a:  (a)",
        ]);
    }

    private void Configure(string rules) => _world.Configure(Indented(rules));

    private async Task RunAsync(string rules, params string[] recipients)
    {
        Configure(rules);
        await _world.SendAsync(recipients);
        await _world.ProcessAsync();
    }

    // "- rule" lines are the root's; "name:" begins another processor.
    private static string Indented(string rules)
    {
        var lines = rules.ReplaceLineEndings("\n").Split('\n');
        return "pipeline:\n  root:\n" + string.Join('\n', lines.Select(line => "    " + line).Select(line => line.Length > 4 && char.IsLetter(line[4]) ? line[2..] : line));
    }
}
