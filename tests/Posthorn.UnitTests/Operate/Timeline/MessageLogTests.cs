using Microsoft.Extensions.Logging;
using Posthorn.Messages;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Logging;
using Posthorn.Server.Operate.Timeline;
using Posthorn.UnitTests.Accept.Smtp;
using Posthorn.UnitTests.Operate.Admin;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Timeline;

public sealed class MessageLogTests
{
    private static readonly TimelineEvent Attempt = new(TimelineKind.Attempted, new MessageId(3), new MessageId(1), "spool/outgoing", "451 4.4.1 later\r\n2 forged")
    {
        Recipients = ["bob@elsewhere.test"],
        Peer = "192.0.2.1:25 mx.elsewhere.test",
    };

    [Fact]
    public void An_event_is_one_line_with_the_message_what_happened_and_the_remotes_reply() =>
        Written(LogFormat.Text, Attempt).ShouldBe(
            "2026-11-21T12:00:00.000Z info  MessageLog: 0000000000003 attempted in spool/outgoing, of 0000000000001, to bob@elsewhere.test: "
            + "451 4.4.1 later\\n2 forged [192.0.2.1:25 mx.elsewhere.test]\n");

    [Fact]
    public void A_program_gets_every_value_of_an_event_as_a_field() =>
        Written(LogFormat.Json, Attempt).ShouldContain(
            """
            "event":"attempted","message":"0000000000003","origin":"0000000000001","queue":"spool/outgoing","recipients":"bob@elsewhere.test","recipient-count":1,"peer":"192.0.2.1:25 mx.elsewhere.test","detail":"451 4.4.1 later\r\n2 forged"}
            """);

    [Fact]
    public void The_first_event_of_a_mail_names_sender_and_message_id()
    {
        var accepted = new TimelineEvent(TimelineKind.Accepted, new MessageId(1), new MessageId(1), "spool/process/root", "over smtp, 12 bytes")
        {
            Sender = "",
            Recipients = [.. Enumerable.Range(0, 12).Select(i => $"r{i}@b.test")],
            MessageIdField = "<1@a.test>",
        };
        Written(LogFormat.Text, accepted).ShouldEndWith(
            "0000000000001 accepted in spool/process/root, from <>, to r0@b.test, r1@b.test, r2@b.test, r3@b.test, r4@b.test, r5@b.test, r6@b.test, "
            + "r7@b.test, r8@b.test, r9@b.test and 2 more, Message-ID <1@a.test>: over smtp, 12 bytes\n");
    }

    [Fact]
    public void Every_kind_of_event_has_its_word_and_reaches_the_timeline_whatever_the_level()
    {
        var timeline = new RecordingTimeline();
        foreach (var kind in Enum.GetValues<TimelineKind>())
            Written(LogFormat.Text, Attempt with { Kind = kind }, LogLevel.Warning, timeline).ShouldBeEmpty();
        timeline.Events.Select(e => e.Kind).ShouldBe(Enum.GetValues<TimelineKind>());
        Written(LogFormat.Text, Attempt with { Kind = TimelineKind.DeadLettered }).ShouldContain(" 0000000000003 dead-lettered in ");
    }

    private static string Written(LogFormat format, TimelineEvent happened, LogLevel level = LogLevel.Information, ITimeline? timeline = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using (var provider = new LineLoggerProvider(new LogOptions { Format = format, Level = level }, output, new HostTime()))
        using (var factory = new LoggerFactory([provider]))
            new MessageLog(timeline ?? new RecordingTimeline(), factory.CreateLogger<MessageLog>()).Record(happened);
        return output.ToString();
    }
}
