using Microsoft.Extensions.Logging;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Operate.Logging;

/// <summary>The logger of one class.</summary>
internal sealed class LineLogger(string category, LogOptions options, Action<string, LogLevel> write, TimeProvider time) : ILogger
{
    private readonly string _source = category[(category.LastIndexOf('.') + 1)..];

    // The framework's lifecycle is not the operator's business unless something is wrong.
    private readonly LogLevel _levelMin = category.StartsWith("Posthorn", StringComparison.Ordinal) || options.Level < LogLevel.Information
        ? options.Level
        : (LogLevel)Math.Max((int)options.Level, (int)LogLevel.Warning);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _levelMin && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        write(LineFormat.Of(options.Format, time.GetUtcNow(), logLevel, _source, formatter(state, exception), values, exception), logLevel);
    }
}
