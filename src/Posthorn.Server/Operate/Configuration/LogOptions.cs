using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>What is logged, to standard error, one line each.</summary>
public sealed record LogOptions
{
    /// <summary>Least important level that is written: lifecycle is information, a batch debug, a message trace.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Text;
}
