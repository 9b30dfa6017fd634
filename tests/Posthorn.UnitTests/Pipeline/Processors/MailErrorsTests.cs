using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

public sealed class MailErrorsOnTheReferenceTests() : MailErrorsTests(PipelineWorld.Reference);

public sealed class MailErrorsOnTheJournalTests() : MailErrorsTests(PipelineWorld.Journal);

/// <summary>What a failure does: nothing is lost, nothing loops, nothing blocks, and each mail is in one place.</summary>
public abstract class MailErrorsTests : IAsyncLifetime
{
    private const string A = "a@here.test";
    private const string B = "b@here.test";

    private readonly PipelineWorld _world;
    private int _failures = int.MaxValue;
    private int _calls;

    protected MailErrorsTests(Func<TimeProvider, IEngine> engine) => _world = new PipelineWorld(engine)
        .With("break", mail =>
        {
            _calls++;
            mail.SetAttribute("half", "done");
            mail.CopyTo(QueueName.Parse("half-done"));
            if (_failures-- > 0)
                throw new InvalidOperationException("broken");
        })
        .WithMatcher("broken", (mail, _) => _failures-- > 0 ? throw new InvalidOperationException("broken") : mail.Recipients);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_mailet_that_fails_once_is_tried_again_and_nothing_of_the_first_time_is_left()
    {
        _failures = 1;
        _world.Configure("""
            pipeline:
              root:
                - { copy-to: before, set-header: { X: y } }
                - { copy-to: same-rule, break: it }
                - deliver: mailbox
            """);
        var id = await _world.SendAsync(A);

        await _world.ProcessAsync();

        // The branch waits at the rule that failed, as it was before it; what came before it has happened.
        var waiting = (await _world.InAsync("spool/process/root")).ShouldHaveSingleItem();
        waiting.Origin.ShouldBe(id);
        waiting.DueAt.ShouldBe(_world.Clock.GetUtcNow() + TimeSpan.FromSeconds(10));
        waiting.LastError.ShouldBe("System.InvalidOperationException: broken");
        waiting.Text(MailAttributes.Attempts).ShouldBe("1");
        waiting.Text("half").ShouldBeNull();
        (await _world.EverythingAsync()).ShouldBe([$"before: {A}", $"spool/process/root: {A}"]);

        _world.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"before: {A}", $"half-done: {A}", $"same-rule: {A}"]);
        var delivered = (await _world.InAsync("a")).Single();
        (await _world.TextAsync(delivered)).ShouldBe("Return-Path: <a@far.test>\nDelivered-To: a@here.test\nSubject: hello\nX: y\n\nbody\n");
        delivered.Text(MailAttributes.Attempts).ShouldBeNull();
        delivered.Text(MailAttributes.Exception).ShouldBeNull();
        delivered.Text(MailAttributes.Resume).ShouldBeNull();
        delivered.LastError.ShouldBeNull();
    }

    [Fact]
    public async Task A_branch_that_fails_does_not_hold_up_the_others()
    {
        _world.Configure("""
            pipeline:
              root:
                - { if: "recipient-is(a@here.test)", break: it }
                - deliver: mailbox
            """);
        await _world.SendAsync(A, B);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"b: {B}", $"spool/process/root: {A}"]);
    }

    [Theory]
    [InlineData("break: it")]
    [InlineData("if: broken, ignore: true")]
    public async Task What_fails_always_is_tried_six_times_and_then_held_with_its_exception(string rule)
    {
        _world.Configure($$"""
            pipeline:
              root:
                - { {{rule}} }
                - deliver: mailbox
            """);
        var id = await _world.SendAsync(A);
        var sent = _world.Clock.GetUtcNow();
        var times = new List<int>();
        for (var minute = 0; minute < 600; minute++)
        {
            var before = _failures;
            await _world.ProcessAsync();
            if (_failures < before)
                times.Add((int)(_world.Clock.GetUtcNow() - sent).TotalSeconds);
            _world.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        times.ShouldBe([0, 10, 70, 370, 1270, 3070]);
        var held = (await _world.InAsync("spool/process/error")).ShouldHaveSingleItem();
        held.Id.ShouldBe(id);
        held.State.ShouldBe(MessageState.Held);
        held.LastError.ShouldBe("System.InvalidOperationException: broken");
        held.Text(MailAttributes.Exception).ShouldBe("System.InvalidOperationException: broken");
        (await _world.EverythingAsync()).Length.ShouldBe(1);
        _world.Timeline.Events.Count(e => e.Kind == TimelineKind.Failed).ShouldBe(6);
        _world.Timeline.Events.Count(e => e.Kind == TimelineKind.Deferred).ShouldBe(5);
        _world.Timeline.Events[^1].Kind.ShouldBe(TimelineKind.Held);
    }

    [Fact]
    public async Task A_held_error_that_is_released_goes_on_where_it_failed_with_all_its_tries()
    {
        _failures = 6;
        _world.Configure("""
            pipeline:
              root:
                - { copy-to: before }
                - { break: it }
                - deliver: mailbox
            """);
        await _world.SendAsync(A);
        await RunOutAsync();
        var held = (await _world.InAsync("spool/process/error")).Single();
        held.Text(MailAttributes.Attempts).ShouldBeNull();

        _world.Clock.Advance(TimeSpan.FromDays(30)); // held mail is too old for nothing
        await _world.Engine.CommitAsync(new Commit().Change(held.Id, new MessageChanges { IsHeld = false }));
        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"before: {A}", $"half-done: {A}"]);
    }

    [Fact]
    public async Task A_processor_named_error_gets_what_has_used_up_its_tries()
    {
        _world.Configure("""
            pipeline:
              root:
                - { set-attribute: { k: v } }
                - { break: it }
                - deliver: mailbox
              error:
                - { if: has-exception(InvalidOperationException) and attribute(k) == v, deliver: { queue: errors } }
                - discard: true
            """);
        await _world.SendAsync(A);

        await RunOutAsync();

        (await _world.EverythingAsync()).ShouldBe([$"errors: {A}"]);
    }

    [Theory]
    [InlineData("""
        error:
            - { break: it }
            - discard: true
        """)]
    [InlineData("""
        error:
            queue: true
            rules:
              - { break: it }
              - discard: true
        """)]
    [InlineData("""
        error:
            - to: more
          more:
            - { break: it }
            - discard: true
        """)]
    public async Task What_fails_in_the_error_processor_too_is_held_at_once(string error)
    {
        _world.Configure($$"""
            pipeline:
              root:
                - { break: it }
                - deliver: mailbox
              {{error}}
            """);
        await _world.SendAsync(A);

        await RunOutAsync();

        (await _world.InAsync("spool/process/error")).ShouldHaveSingleItem().State.ShouldBe(MessageState.Held);
        (await _world.EverythingAsync()).Length.ShouldBe(1);
        _calls.ShouldBe(7);
    }

    [Fact]
    public async Task A_rule_can_send_failed_mail_elsewhere_at_once()
    {
        _world.Configure("""
            pipeline:
              root:
                - { copy-to: kept, break: it, on-error: broken }
                - deliver: mailbox
              broken:
                - { if: not has-exception, discard: true }
                - { if: has-attribute(half), discard: true }
                - deliver: { queue: broken }
            """);
        await _world.SendAsync(A, B);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"broken: {A} {B}", $"kept: {A} {B}"]);
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task On_error_error_needs_no_processor_of_that_name()
    {
        _world.Configure("""
            pipeline:
              root:
                - { break: it, on-error: error }
                - deliver: mailbox
            """);
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.InAsync("spool/process/error")).ShouldHaveSingleItem().State.ShouldBe(MessageState.Held);
    }

    [Fact]
    public async Task An_error_that_is_ignored_leaves_out_the_mailet_only()
    {
        _world.Configure("""
            pipeline:
              root:
                - { set-attribute: { before: "1" }, break: it, copy-to: behind, on-error: ignore }
                - deliver: { queue: end }
            """);
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"behind: {A}", $"end: {A}"]);
        var message = (await _world.InAsync("end")).Single();
        message.Text("before").ShouldBe("1");
        message.Text("half").ShouldBeNull();
    }

    [Fact]
    public async Task A_matcher_whose_error_is_ignored_selects_nobody()
    {
        _world.Configure("""
            pipeline:
              root:
                - { if: broken, discard: true, on-error: ignore }
                - deliver: mailbox
            """);
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task A_matcher_that_fails_on_a_branch_is_tried_again_for_it()
    {
        _failures = 1;
        _world.Configure("""
            pipeline:
              root:
                - { if: "recipient-is(a@here.test)", copy-to: before }
                - { if: "broken and recipient-is(a@here.test, b@here.test)", set-attribute: { k: v } }
                - deliver: { queue: end }
            """);
        await _world.SendAsync(A, B);
        await RunOutAsync();

        (await _world.EverythingAsync()).ShouldBe([$"before: {A}", $"end: {A}", $"end: {B}"]);
    }

    [Fact]
    public async Task When_the_rules_have_changed_meanwhile_a_waiting_mail_begins_anew()
    {
        _failures = 1;
        _world.Configure("pipeline:\n  root: [{ set-attribute: { k: old } }, { break: it }, { deliver: mailbox }]");
        await _world.SendAsync(A);
        await _world.ProcessAsync();
        _world.Configure("pipeline:\n  root: [{ set-attribute: { k: new } }, { ignore: true }, { deliver: mailbox }]");
        _world.Clock.Advance(TimeSpan.FromSeconds(10));

        await _world.ProcessAsync();

        (await _world.InAsync("a")).Single().Text("k").ShouldBe("new");
    }

    [Fact]
    public async Task A_mailet_that_never_ends_fails_by_its_time_and_what_it_does_later_reaches_nobody()
    {
        var later = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var end = new TaskCompletionSource<Exception?>();
        var isFirst = true;
        _world.With("hang", async (mail, _) =>
        {
            if (!isFirst)
                return;
            isFirst = false;
            begun.SetResult();
            await later.Task;
            end.SetResult(Record.Exception(() => mail.CopyTo(QueueName.Parse("too-late"))));
        });
        _world.Configure("pipeline:\n  root: [{ hang: it }, { deliver: mailbox }]");
        await _world.SendAsync(A);

        var processing = _world.ProcessAsync();
        await begun.Task;
        _world.Clock.Advance(_world.Settings.RunTimeout);
        await processing;

        (await _world.InAsync("spool/process/root")).Single().LastError.ShouldBe("System.TimeoutException: it was not done within 2m");
        later.SetResult();
        (await end.Task).ShouldBeOfType<InvalidOperationException>();
        _world.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.ProcessAsync();
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}"]);
    }

    [Fact]
    public async Task A_mail_that_waits_does_not_keep_its_batch_waiting()
    {
        var answer = new TaskCompletionSource();
        _world.With("wait", async (_, _) => await answer.Task);
        _world.Configure("pipeline:\n  root: [{ if: \"recipient-is(a@here.test)\", wait: long }, { deliver: mailbox }]");
        await _world.SendAsync(A);
        await _world.SendAsync(B);

        var processing = _world.ProcessAsync();
        while (_world.Engine.Status(QueueName.Parse("b")) is not { Messages: 1 })
            await Task.Yield();
        (await _world.EverythingAsync()).ShouldBe([$"b: {B}", $"spool/process/root: {A}"]);
        answer.SetResult();
        await processing;

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"b: {B}"]);
    }

    [Fact]
    public async Task A_mail_that_kills_the_process_each_time_is_held_in_the_end()
    {
        _world.WithoutPipeline();
        var id = await _world.SendAsync(A);
        for (var crash = 0; crash < _world.Settings.CrashesMax; crash++)
        {
            await _world.Engine.LeaseAsync(SpoolQueues.Root, new LeaseRequest());
            _world.Clock.Advance(TimeSpan.FromSeconds(31));
        }

        await _world.ProcessAsync();

        var held = (await _world.InAsync("spool/process/error")).ShouldHaveSingleItem();
        held.Id.ShouldBe(id);
        held.State.ShouldBe(MessageState.Held);
    }

    private async Task RunOutAsync()
    {
        for (var i = 0; i < 400; i++)
        {
            await _world.ProcessAsync();
            _world.Clock.Advance(TimeSpan.FromSeconds(10));
        }
    }
}
