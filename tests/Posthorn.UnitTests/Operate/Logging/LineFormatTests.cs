using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Logging;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Logging;

public sealed class LineFormatTests
{
    private static readonly TimeProvider s_clock = new StoppedClock();

    [Fact]
    public void A_line_for_people_has_time_level_source_and_message() =>
        Written(LogFormat.Text, LogLevel.Information, l => l.LogInformation("{Count} mails from {Peer}", 3, "192.0.2.1"))
            .ShouldBe("2026-11-21T08:00:00.000Z info  Smtp: 3 mails from 192.0.2.1\n");

    [Fact]
    public void A_line_for_programs_has_every_value_as_a_field() =>
        Written(LogFormat.Json, LogLevel.Information, l => l.LogWarning("{MailCount} mails from {Peer}, {Late}", 3, "ü\"\n", true))
            .ShouldBe("""{"at":"2026-11-21T08:00:00.000Z","level":"warn","source":"Smtp","msg":"3 mails from ü\"\n, True","mail-count":3,"peer":"ü\"\n","late":true}""" + "\n");

    [Fact]
    public void A_peer_cannot_forge_a_line() =>
        Written(LogFormat.Text, LogLevel.Information, l => l.LogInformation("HELO {Name}", "x\r\n2026-11-21T08:00:00.000Z info  Smtp: forged\u001b[2J"))
            .ShouldBe("2026-11-21T08:00:00.000Z info  Smtp: HELO x\\n2026-11-21T08:00:00.000Z info  Smtp: forged\\x1b[2J\n");

    [Fact]
    public void An_exception_stays_in_its_line() =>
        Written(LogFormat.Text, LogLevel.Information, l => l.LogWarning(new IOException("no space", new InvalidOperationException("left")), "Failed."))
            .ShouldBe("2026-11-21T08:00:00.000Z warn  Smtp: Failed. | IOException: no space | InvalidOperationException: left\n");

    [Fact]
    public void Less_than_the_level_is_not_written() =>
        Written(LogFormat.Text, LogLevel.Warning, l => l.LogInformation("x")).ShouldBe("");

    [Fact]
    public void The_frameworks_lifecycle_is_not_written_unless_something_is_wrong()
    {
        Written(LogFormat.Text, LogLevel.Information, l => l.LogInformation("x"), "Microsoft.Hosting.Lifetime").ShouldBe("");
        Written(LogFormat.Text, LogLevel.Information, l => l.LogWarning("x"), "Microsoft.Hosting.Lifetime").ShouldNotBe("");
    }

    private static string Written(LogFormat format, LogLevel level, Action<ILogger> log, string category = "Posthorn.Smtp")
    {
        using var output = new StringWriter { NewLine = "\n" };
        using (var provider = new LineLoggerProvider(new LogOptions { Format = format, Level = level }, output, s_clock))
            log(provider.CreateLogger(category));
        return output.ToString();
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
    }
}
