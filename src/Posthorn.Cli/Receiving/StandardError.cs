namespace Posthorn.Cli.Receiving;

/// <summary>Passes on what a command writes to its standard error, a line at a time, and keeps the last line.</summary>
internal sealed class StandardError
{
    private volatile string? _lastLine;

    public StandardError(TextReader from, TextWriter to) => Ended = PassOnAsync(from, to);

    /// <summary>Ends when nobody has it open any more.</summary>
    public Task Ended { get; }

    /// <summary>The last line that says something; null without one.</summary>
    public string? LastLine => _lastLine;

    private async Task PassOnAsync(TextReader from, TextWriter to)
    {
        try
        {
            while (await from.ReadLineAsync(CancellationToken.None) is { } line)
            {
                await to.WriteLineAsync(line);
                if (!string.IsNullOrWhiteSpace(line))
                    _lastLine = line.Trim();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The command is over, and nobody waits for what it left running.
        }
    }
}
