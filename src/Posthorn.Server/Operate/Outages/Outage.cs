using Posthorn.Engine;

namespace Posthorn.Server.Operate.Outages;

/// <summary>A time in which the engine, or a part of it, cannot be reached.</summary>
internal static class Outage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Does something that may be done twice; again each second, as long as the engine cannot be reached for it.</summary>
    public static async Task SitOutAsync(Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await attempt(cancellationToken);
                return;
            }
            catch (EngineUnavailableException)
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}
