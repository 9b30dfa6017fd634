using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>Nothing stays queued beyond its time, wherever it rests, but what is held.</summary>
public sealed class GivingUpTests
{
    private static readonly QueuePolicy s_paused = new() { IsPaused = true };

    [Fact]
    public async Task A_paused_queue_still_gives_up_what_is_too_old()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        await world.QueueAsync("b@one.test");
        await world.Engine.CommitAsync(new Commit().SetQueue(SpoolQueues.Outgoing, new QueuePolicy { IsPaused = true }));
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1.5), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.One.Connections.ShouldBe(0);
        world.DeadLetters.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_redriven_dead_letter_has_its_whole_time_again()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(2), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        var dead = world.DeadLetters.Single();
        await world.Engine.CommitAsync(new Commit().Move(dead.Id, SpoolQueues.Outgoing));
        await world.RestAsync();
        world.Outgoing.ShouldHaveSingleItem().Text("mail.attempts").ShouldBe("1");
        world.One.Answer = (_, _) => null;
        await world.AdvanceAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("spool/process/root")]
    [InlineData("spool/process/scan")]
    [InlineData("spool/deferred")]
    public async Task Mail_in_a_paused_queue_of_the_pipeline_is_bounced_when_its_time_is_up(string name)
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        var queue = QueueName.Parse(name);
        await world.Engine.CommitAsync(new Commit().SetQueue(queue, s_paused));
        await world.QueueAsync([new Recipient("b@here.test")], with: m => m with { Queue = queue, Group = null });
        await world.QueueAsync([new Recipient("held@here.test")], with: m => m with { Queue = queue, Group = null, IsHeld = true });
        await world.QueueAsync([new Recipient("later@here.test")], with: m => m with { Queue = queue, Group = null, Attributes = NotBefore(world, TimeSpan.FromHours(1)) });
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(1));
        world.DeadLetters.ShouldBeEmpty();
        await world.AdvanceAsync(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(1));
        await world.UntilAsync(() => world.DeadLetters.Count == 1, "it is given up");
        world.In(queue).Where(m => m.Envelope.Sender!.Length > 0).Select(m => m.Envelope.Recipients.Single().Address).ShouldBe(["held@here.test", "later@here.test"]);
        var dead = world.DeadLetters.Single();
        (dead.Envelope.Recipients.Single().Address, dead.Text(MailAttributes.DeadLetterSource)).ShouldBe(("b@here.test", name));
        (await world.TextAsync(world.Bounces.Single(m => m.Envelope.Sender == ""))).ShouldContain("Status: 4.4.7");
        await world.AdvanceAsync(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(1));
        await world.UntilAsync(() => world.DeadLetters.Any(m => m.Envelope.Recipients.Single().Address == "later@here.test"), "so is what was for later");
    }

    [Fact]
    public async Task Of_a_copy_that_waits_for_a_full_queue_nobody_is_told()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        await world.Engine.CommitAsync(new Commit().SetQueue(SpoolQueues.Deferred, s_paused));
        var attributes = new Dictionary<string, AttributeValue> { [MailAttributes.DeferredCopy] = "1", [MailAttributes.DeferredQueue] = "audit" };
        await world.QueueAsync([new Recipient("b@here.test")], with: m => m with { Queue = SpoolQueues.Deferred, Group = null, Attributes = attributes });
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1.5), TimeSpan.FromMinutes(1));
        await world.UntilAsync(() => world.DeadLetters.Count == 1, "it is given up");
        world.Bounces.ShouldBeEmpty();
        var dead = world.DeadLetters.Single();
        dead.Text(MailAttributes.DeadLetterSource).ShouldBe("audit");
        dead.Attributes.Keys.ShouldBe([MailAttributes.DeadLetterSource]);
    }

    [Fact]
    public async Task Only_what_is_paused_is_looked_through_for_the_pipeline_ends_the_rest_itself()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        await world.QueueAsync([new Recipient("b@here.test")], with: m => m with { Queue = SpoolQueues.Root, Group = null });
        await world.QueueAsync([new Recipient("c@here.test")], with: m => m with { Queue = QueueName.Parse("mailbox"), Group = null });
        await world.Engine.CommitAsync(new Commit().SetQueue(QueueName.Parse("mailbox"), s_paused));
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(2), TimeSpan.FromMinutes(1));
        world.DeadLetters.ShouldBeEmpty();
        world.In(QueueName.Parse("mailbox")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_mail_for_later_has_its_whole_time_from_then()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(1) });
        var due = world.Time.GetUtcNow() + TimeSpan.FromHours(3);
        await world.QueueAsync([new Recipient("b@one.test")], with: m => m with { DueAt = due, Attributes = NotBefore(world, TimeSpan.FromHours(3)) });
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(2.9), TimeSpan.FromMinutes(2));
        world.DeadLetters.ShouldBeEmpty();
        await world.AdvanceAsync(TimeSpan.FromHours(0.2), TimeSpan.FromMinutes(2));
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem();
    }

    private static Dictionary<string, AttributeValue> NotBefore(OutgoingWorld world, TimeSpan delay) =>
        new() { [MailAttributes.NotBefore] = (world.Time.GetUtcNow() + delay).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };
}
