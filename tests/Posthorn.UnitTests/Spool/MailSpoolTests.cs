using Posthorn.Bodies;
using Posthorn.Contracts.Reference;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Spool;

public sealed class MailSpoolTests
{
    private readonly RecordingTimeline _timeline = new();
    private readonly ReferenceEngine _engine = new(TimeProvider.System);
    private readonly MailSpool _spool;

    public MailSpoolTests() => _spool = new MailSpool(_engine, _timeline);

    [Fact]
    public async Task A_submission_is_one_message_of_the_pipeline_and_one_event()
    {
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var result = await _spool.SubmitAsync(Mail() with { Priority = Priority.Of(8), DueAt = due }, CancellationToken.None);
        var message = (await _engine.FindAsync(result.Added.Single().Id))!;
        message.Queue.ShouldBe(SpoolQueues.Root);
        message.Priority.Value.ShouldBe(8);
        message.DueAt.ShouldBe(due);
        message.Origin.ShouldBe(message.Id);
        message.Text(MailAttributes.Door).ShouldBe("http");
        var happened = _timeline.Events.Single();
        happened.ShouldBe(new TimelineEvent(TimelineKind.Accepted, message.Id, message.Id, "spool/process/root", "over http, 3 bytes, account billing, held until 2030-01-01 00:00:00Z")
        {
            Sender = "a@b.example",
            MessageIdField = "1@b.example",
            Recipients = happened.Recipients,
        });
        happened.Recipients.ShouldBe(["mq@example.test"]);
    }

    [Fact]
    public async Task The_same_key_is_the_same_mail_and_happens_once()
    {
        var first = await _spool.SubmitAsync(Mail() with { IdempotencyKey = "k" }, CancellationToken.None);
        var second = await _spool.SubmitAsync(Mail() with { IdempotencyKey = "k" }, CancellationToken.None);
        second.IsRepeat.ShouldBeTrue();
        second.Added.ShouldBe(first.Added);
        _timeline.Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_not_kept_is_not_told()
    {
        _engine.Fail("a sync failed");
        await Should.ThrowAsync<Posthorn.Engine.EngineFailedException>(async () => await _spool.SubmitAsync(Mail(), CancellationToken.None));
        _timeline.Events.ShouldBeEmpty();
    }

    private static Submission Mail() => new()
    {
        Content = Body.Of("x\r\n"u8.ToArray()),
        Envelope = new Envelope("a@b.example", [new Recipient("mq@example.test")]),
        Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = "http", [MailAttributes.Account] = "billing", [MailAttributes.MessageId] = "1@b.example",
        },
    };
}
