using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>What is logged, to standard error, one line each.</summary>
public sealed record LogOptions
{
    /// <summary>Least important level that is written: lifecycle and the events of messages are information, a batch is debug, details are trace.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Text;

    /// <summary>Whether every event of a message's life is logged, as mail servers do: accepted, decided, attempted, its end; what programs do over SQS at level debug. The timeline has them in any case.</summary>
    public bool Messages { get; init; } = true;
}
