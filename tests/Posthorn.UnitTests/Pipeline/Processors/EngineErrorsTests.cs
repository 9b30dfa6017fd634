using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

public sealed class EngineErrorsOnTheReferenceTests() : EngineErrorsTests(PipelineWorld.Reference);

public sealed class EngineErrorsOnTheJournalTests() : EngineErrorsTests(PipelineWorld.Journal);

/// <summary>What the engine has lost, or refuses as a whole or in part: what can go on does, the rest waits, and each mail is in one place.</summary>
public abstract class EngineErrorsTests(Func<TimeProvider, IEngine> engine) : IAsyncLifetime
{
    private const string A = "a@here.test";
    private const string B = "b@here.test";

    private readonly PipelineWorld _world = new(engine);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_mail_whose_body_is_lost_is_held_at_once()
    {
        _world.With("read", _ => throw new BodyLostException("damaged", isDamaged: true));
        _world.Configure("pipeline:\n  root: [{ read: it }, { deliver: mailbox }]");
        await _world.SendAsync(A);

        await _world.ProcessAsync();

        (await _world.InAsync("spool/process/error")).Single().LastError.ShouldBe("Posthorn.Engine.BodyLostException: damaged");
    }

    [Fact]
    public async Task A_batch_of_which_an_administrator_took_a_mail_is_committed_without_it()
    {
        _world.With("gone", mail =>
        {
            if (mail.Recipients[0].Address == B)
                _world.Engine.CommitAsync(new Commit().Remove(mail.Id)).AsTask().GetAwaiter().GetResult();
        });
        _world.Configure("pipeline:\n  root: [{ gone: it, copy-to: audit }, { deliver: mailbox }]");
        await _world.SendAsync(A);
        await _world.SendAsync(B);
        await _world.SendAsync("c@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"audit: {A}", "audit: c@here.test", "c: c@here.test"]);
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_each_mail_in_exactly_one_place()
    {
        var fails = true;
        _world.Engine.BeforeCommit = commit =>
        {
            if (fails && commit.Operations.OfType<CommitOperation.Change>().Any(c => c.MoveTo?.Value == "b"))
                throw new IOException("a bug in the engine");
        };
        _world.WithoutPipeline();
        await _world.SendAsync(A);
        await _world.SendAsync(B);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"spool/process/root: {B}"]);
        (await _world.InAsync("spool/process/root")).Single().LastError.ShouldBe("System.IO.IOException: a bug in the engine");
        fails = false;
        _world.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.ProcessAsync();
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"b: {B}"]);
    }

    [Fact]
    public async Task Without_space_what_only_moves_goes_on_and_what_adds_waits()
    {
        var isFull = true;
        _world.Engine.BeforeCommit = commit =>
        {
            if (isFull && commit.Operations.Any(o => o is CommitOperation.Add))
                throw new StorageFullException("full");
        };
        _world.Configure("pipeline:\n  root: [{ if: \"recipient-is(b@here.test)\", copy-to: audit }, { deliver: mailbox }]");
        isFull = false;
        await _world.SendAsync(A);
        await _world.SendAsync(B);
        isFull = true;

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"spool/process/root: {B}"]);
        (await _world.InAsync("spool/process/root")).Single().Text(MailAttributes.Attempts).ShouldBeNull();
        isFull = false;
        _world.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.ProcessAsync();
        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"audit: {B}", $"b: {B}"]);
    }

    [Fact]
    public async Task A_full_mailbox_holds_up_its_own_mail_only()
    {
        await _world.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("b"), new QueuePolicy { MessagesMax = 2 }));
        _world.WithoutPipeline();
        await _world.SendAsync(A, B);
        for (var i = 0; i < 3; i++)
            await _world.SendAsync(B);

        await _world.ProcessAsync();

        (await _world.InAsync("a")).Count.ShouldBe(1);
        (await _world.InAsync("b")).Count.ShouldBe(2);
        var waiting = await _world.InAsync("spool/deferred");
        waiting.Count.ShouldBe(2);
        waiting.ShouldAllBe(m => m.LastError == "452 4.2.2 the queue 'b' is full" && m.DueAt == _world.Clock.GetUtcNow() + TimeSpan.FromMinutes(1));

        await _world.Engine.CommitAsync(new Commit().Remove((await _world.InAsync("b"))[0].Id));
        _world.Clock.Advance(TimeSpan.FromMinutes(1));
        await _world.ProcessAsync();

        (await _world.InAsync("b")).Count.ShouldBe(2);
        var last = (await _world.InAsync("spool/deferred")).ShouldHaveSingleItem();
        last.DueAt.ShouldBe(_world.Clock.GetUtcNow() + TimeSpan.FromMinutes(5));

        await _world.Engine.CommitAsync(new Commit().Remove((await _world.InAsync("b"))[0].Id));
        _world.Clock.Advance(TimeSpan.FromMinutes(5));
        await _world.ProcessAsync();

        var got = (await _world.InAsync("b"))[^1];
        got.Attributes.Keys.ShouldNotContain(k => k.StartsWith("mail.deferred", StringComparison.Ordinal) || k == MailAttributes.Attempts);
        (await _world.TextAsync(got)).ShouldBe("Return-Path: <a@far.test>\nDelivered-To: b@here.test\nSubject: hello\n\nbody\n");
    }

    [Fact]
    public async Task Mail_for_a_mailbox_that_stays_full_is_bounced_in_the_end_and_kept()
    {
        await _world.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("b"), new QueuePolicy { MessagesMax = 0 }));
        _world.Configure("pipeline:\n  root: [{ if: recipient-is-local, copy-to: b, deliver: mailbox }, { deliver: outgoing }]");
        await _world.SendAsync(B);

        for (var hour = 0; hour < 24 * 6; hour++)
        {
            await _world.ProcessAsync();
            _world.Clock.Advance(TimeSpan.FromHours(1));
        }

        (await _world.EverythingAsync()).ShouldBe([$"spool/dead-letters: {B}", $"spool/dead-letters: {B}", "spool/outgoing: a@far.test"]);
        var bounce = (await _world.InAsync("spool/outgoing")).Single();
        bounce.Envelope.Sender.ShouldBe("");
        (await _world.TextAsync(bounce)).ShouldContain($"{B}: 552 5.2.2 mailbox full");
        (await _world.InAsync("spool/dead-letters")).ShouldAllBe(m => m.Text(MailAttributes.DeadLetterSource) == "b");
    }

    [Fact]
    public async Task Mail_too_large_for_its_mailbox_is_bounced_at_once()
    {
        await _world.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("b"), new QueuePolicy { MessageBytesMax = 10 }));
        _world.WithoutPipeline();
        await _world.SendAsync(A, B);

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe([$"a: {A}", $"spool/dead-letters: {B}", "spool/outgoing: a@far.test"]);
        (await _world.TextAsync((await _world.InAsync("spool/outgoing")).Single())).ShouldContain("552 5.2.3");
    }
}
