using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Accept.Aws;

/// <summary>What the gate tells the operator.</summary>
internal static partial class AwsLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string path);
}
