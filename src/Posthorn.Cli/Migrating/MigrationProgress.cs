using Posthorn.Cli.Terminal;
using Posthorn.Engine.Transfer;

namespace Posthorn.Cli.Migrating;

/// <summary>Tells how far a migration is: on a terminal one line that is written over, else a line now and then.</summary>
internal sealed class MigrationProgress(Surroundings surroundings) : IProgress<TransferProgress>
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan InFile = TimeSpan.FromSeconds(10);

    // Guards what follows: batches are reported from whatever thread they end on.
    private readonly Lock _gate = new();
    private TransferStage? _stage;
    private long _started;
    private long _told;
    private int _width;

    public void Report(TransferProgress value)
    {
        lock (_gate)
        {
            var isFirst = _stage != value.Stage;
            if (isFirst)
            {
                End();
                (_stage, _started) = (value.Stage, surroundings.Time.GetTimestamp());
            }
            var isLast = value.Messages == value.MessagesTotal;
            if (!isFirst && !isLast && surroundings.Time.GetElapsedTime(_told) < (surroundings.IsErrorTerminal ? OnTerminal : InFile))
                return;
            _told = surroundings.Time.GetTimestamp();
            Tell(Line(value, surroundings.Time.GetElapsedTime(_started)));
        }
    }

    /// <summary>Leaves the line as it is.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_width > 0)
                surroundings.Error.WriteLine();
            _width = 0;
        }
    }

    /// <summary>What is told.</summary>
    internal static string Line(in TransferProgress value, TimeSpan elapsed)
    {
        var line = $"{Readable.Word(value.Stage)}: {Readable.Number(value.Messages)} of {Readable.Count(value.MessagesTotal, "message")}, {Readable.Size(value.Bytes)} of {Readable.Size(value.BytesTotal)}";
        var rate = elapsed >= TimeSpan.FromMilliseconds(100) ? (value.Messages - value.MessagesBefore) / elapsed.TotalSeconds : 0;
        if (rate <= 0)
            return line;
        var left = value.MessagesTotal > value.Messages ? $", {Readable.Span(TimeSpan.FromSeconds((value.MessagesTotal - value.Messages) / rate))} left" : "";
        return $"{line}, {Readable.Count((long)rate, "message")}/s{left}";
    }

    private void Tell(string line)
    {
        if (!surroundings.IsErrorTerminal)
        {
            surroundings.Error.WriteLine(line);
            return;
        }
        surroundings.Error.Write("\r" + line.PadRight(_width));
        _width = line.Length;
    }
}
