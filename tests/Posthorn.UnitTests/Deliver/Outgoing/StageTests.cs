using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>The table of what an answer at a stage leads to, with PIPELINING and without.</summary>
public sealed class StageTests
{
    public enum End
    {
        Delivered,
        Deferred,
        Bounced,
    }

    public static TheoryData<string, string, End, bool> Table()
    {
        var table = new TheoryData<string, string, End, bool>();
        var stages = new[] { "greeting", "EHLO", "MAIL", "RCPT", "DATA", "content" };
        var answers = new (string Answer, End End)[]
        {
            ("421 4.3.2 closing", End.Deferred),
            ("450 4.3.0 later", End.Deferred),
            ("451-4.3.0 later\n451 4.3.0 much later", End.Deferred),
            ("550 5.7.1 never", End.Bounced),
            ("554-5.7.1 never\n554 5.7.1 ever", End.Bounced),
            ("550", End.Bounced),
            ("!drop", End.Deferred),
            ("!hang", End.Deferred),
            ("!these are not the replies you are looking for", End.Deferred),
            ("!250-ok\r\n550 no", End.Deferred),
            ("!999 what", End.Deferred),
        };
        foreach (var isPipelining in new[] { true, false })
        {
            foreach (var stage in stages)
            {
                foreach (var (answer, end) in answers)
                {
                    // A server that does not know EHLO is asked with HELO, which the fake knows.
                    table.Add(stage, answer, stage == "EHLO" && answer.StartsWith('5') ? End.Delivered : end, isPipelining);
                }
            }

            table.Add("greeting", "220-a\n220 b", End.Delivered, isPipelining);
            table.Add("greeting", "250 strange but kind", End.Delivered, isPipelining);
            table.Add("greeting", "354 neither yes nor no", End.Deferred, isPipelining);
            table.Add("MAIL", "250-a\n250 b", End.Delivered, isPipelining);
            table.Add("RCPT", "251 will forward", End.Delivered, isPipelining);
            table.Add("RCPT", "354 neither yes nor no", End.Deferred, isPipelining);
            table.Add("DATA", "354-a\n354 b", End.Delivered, isPipelining);
            table.Add("DATA", "250 not what was asked", End.Deferred, isPipelining);
            table.Add("content", "250-a\n250 b", End.Delivered, isPipelining);
            table.Add("content", "250", End.Delivered, isPipelining);
            table.Add("content", "354 go on?", End.Deferred, isPipelining);
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_answer_at_each_stage_has_its_end(string stage, string answer, End end, bool isPipelining)
    {
        await using var world = new OutgoingWorld();
        if (!isPipelining)
            world.One.Keywords = ["8BITMIME"];
        switch (stage)
        {
            case "greeting": world.One.Greeting = answer; break;
            case "content": world.One.AfterContent = _ => answer; break;
            default: world.One.Answer = (line, _) => line.StartsWith(stage, StringComparison.Ordinal) ? answer : null; break;
        }

        var id = await world.QueueAsync("b@one.test");
        await world.StartAsync();
        if (answer == "!hang")
        {
            // Nothing happens until the longest time-out, that after the content, is over.
            await world.UntilAsync(() => stage == "greeting" ? world.One.Connections > 0 : world.One.Commands.Any(c => c.Contains(stage == "content" ? "DATA" : stage, StringComparison.Ordinal)), "asked");
            for (var i = 0; i < 40 && world.Outgoing.Single().State == MessageState.Leased; i++)
                await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        }

        switch (end)
        {
            case End.Delivered:
                await world.EmptyAsync();
                world.One.Mails.Single().Text.ShouldBe(OutgoingWorld.Mail);
                world.Bounces.ShouldBeEmpty();
                world.DeadLetters.ShouldBeEmpty();
                world.Told(TimelineKind.Delivered).ShouldHaveSingleItem();
                break;
            case End.Deferred:
                await world.RestAsync();
                var waiting = world.Outgoing.ShouldHaveSingleItem();
                (waiting.State, waiting.Text("mail.attempts"), waiting.Group).ShouldBe((MessageState.Delayed, "1", "one.test 2"));
                waiting.LastError.ShouldNotBeNullOrEmpty();
                if (answer.StartsWith('4'))
                    waiting.LastError.ShouldContain(answer.Split('\n')[0].Replace('-', ' '));
                world.Bounces.ShouldBeEmpty();
                world.Told(TimelineKind.Attempted).ShouldHaveSingleItem();
                world.Told(TimelineKind.Deferred).ShouldHaveSingleItem();
                break;
            default:
                await world.EmptyAsync();
                world.One.Mails.ShouldBeEmpty();
                world.DeadLetters.ShouldHaveSingleItem().Id.ShouldBe(id);
                world.DeadLetters[0].LastError.ShouldNotBeNull().ShouldContain(answer[..3]);
                world.Bounces.ShouldHaveSingleItem().Envelope.Recipients[0].Address.ShouldBe("a@sender.test");
                break;
        }
    }
}
