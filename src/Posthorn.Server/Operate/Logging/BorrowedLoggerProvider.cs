using Microsoft.Extensions.Logging;

namespace Posthorn.Server.Operate.Logging;

/// <summary>A provider that outlives the host it is lent to: the last lines of a stop are written after the host is gone.</summary>
internal sealed class BorrowedLoggerProvider(ILoggerProvider owner) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => owner.CreateLogger(categoryName);

    public void Dispose()
    {
    }
}
