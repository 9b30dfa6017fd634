using Microsoft.Extensions.Logging;

namespace Posthorn.Cli.Serving;

/// <summary>Says in the log how far a start has come that takes longer than a moment.</summary>
internal sealed partial class StartLog(ILogger log) : IProgress<double>
{
    public void Report(double value) => LogReading(log, value);

    [LoggerMessage(Level = LogLevel.Information, Message = "Reading the journal: {Share:P0} done")]
    private static partial void LogReading(ILogger log, double share);
}
