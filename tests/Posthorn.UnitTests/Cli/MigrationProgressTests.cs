using Posthorn.Cli.Migrating;
using Posthorn.Cli.Terminal;
using Posthorn.Contracts;
using Posthorn.Engine.Transfer;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Cli;

public sealed class MigrationProgressTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void In_a_pipe_it_is_a_line_at_the_beginning_at_the_end_and_every_ten_seconds()
    {
        Tell(isTerminal: false);
        _error.ToString().ShouldBe(
            """
            copying: 500 of 4,500 messages, 1.00 kB of 9.00 kB
            copying: 2,500 of 4,500 messages, 5.00 kB of 9.00 kB, 200 messages/s, 10 s left
            copying: 4,500 of 4,500 messages, 9.00 kB of 9.00 kB, 266 messages/s

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void On_a_terminal_it_is_one_line_that_is_written_over()
    {
        Tell(isTerminal: true);
        var lines = _error.ToString().Split('\r');
        lines.Length.ShouldBe(5);
        lines[1].ShouldBe("copying: 500 of 4,500 messages, 1.00 kB of 9.00 kB");
        lines[4].TrimEnd().ShouldBe("copying: 4,500 of 4,500 messages, 9.00 kB of 9.00 kB, 266 messages/s");
        lines[4].Length.ShouldBeGreaterThan(lines[4].TrimEnd().Length, "nothing is left of the longer line before it");
        _error.ToString().ShouldEndWith("\n");
    }

    /// <summary>500 were moved by an earlier attempt; then 5, 10 and 15 seconds pass.</summary>
    private void Tell(bool isTerminal)
    {
        var progress = new MigrationProgress(new Surroundings
        {
            Out = TextWriter.Null, Error = _error, In = TextReader.Null, OpenOutput = () => Stream.Null, OpenInput = () => Stream.Null, IsOutputTerminal = false, IsErrorTerminal = isTerminal,
            IsInputTerminal = false, Environment = _ => null, Time = _time,
        });
        foreach (var messages in (long[])[500, 1_500, 2_500, 4_500])
        {
            progress.Report(new TransferProgress(TransferStage.Copying, messages, 4_500, messages * 2, 9_000, 500));
            _time.Advance(TimeSpan.FromSeconds(5));
        }
        progress.End();
    }
}
