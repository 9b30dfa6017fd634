using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Operate.Logging;

/// <summary>Writes each log entry as one line to a stream, standard error as a rule.</summary>
/// <remarks>
/// One loop writes; callers only queue a finished line. The first is written at once, what follows within <see cref="s_gathering"/> of it together, unless
/// it is an error: a busy mail server says several thousand things a second, and waking the loop for each costs more than saying it. When the reader of the stream is slower than we are and <see cref="LinesMax"/> lines wait,
/// further ones are dropped and counted in a line of their own: a stuck log collector must not stop the mail.
/// </remarks>
public sealed class LineLoggerProvider : ILoggerProvider
{
    private const int LinesMax = 10_000;

    /// <summary>Characters in one write.</summary>
    private const int GatheredMax = 64 * 1024;

    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(20);

    private readonly LogOptions _options;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(LinesMax) { SingleReader = true });
    private readonly ConcurrentDictionary<string, LineLogger> _loggers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _urgent = new(0); // released for each line that must not wait; never disposed, since a late caller may be about to
    private readonly Task _loop;
    private long _dropped;

    public LineLoggerProvider(LogOptions options, TextWriter output, TimeProvider time)
    {
        _options = options;
        _output = output;
        _time = time;
        _loop = Task.Run(RunAsync);
    }

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, c => new LineLogger(c, _options, Write, _time));

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        if (!_lines.Writer.TryComplete())
            return;
        _urgent.Release();
#pragma warning disable VSTHRD002 // ILoggerProvider is disposed synchronously; the loop needs no thread of the caller's.
        _loop.Wait(TimeSpan.FromSeconds(5));
#pragma warning restore VSTHRD002
    }

    private void Write(string line, LogLevel level)
    {
        if (!_lines.Writer.TryWrite(line))
            Interlocked.Increment(ref _dropped);
        else if (level >= LogLevel.Error)
            _urgent.Release();
    }

    private string Dropped(long count) => LineFormat.Of(
        _options.Format, _time.GetUtcNow(), LogLevel.Warning, nameof(Logging), $"{count} log lines were dropped: standard error was too slow.", [], null);

    private async Task RunAsync()
    {
        var gathered = new StringBuilder();
        try
        {
            while (await _lines.Reader.WaitToReadAsync())
            {
                // What has gathered goes out in one write: standard error is flushed with each.
                while (gathered.Length < GatheredMax && _lines.Reader.TryRead(out var line))
                    gathered.Append(line).Append(_output.NewLine);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                    gathered.Append(Dropped(dropped)).Append(_output.NewLine);
                await _output.WriteAsync(gathered);
                await _output.FlushAsync();
                gathered.Clear();
                await _urgent.WaitAsync(s_gathering);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads standard error any more; there is nowhere left to say so.
            _lines.Writer.TryComplete();
        }
    }
}
