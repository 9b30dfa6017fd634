using Posthorn.Engine;

namespace Posthorn.Server.Operate.Outages;

/// <summary>A time in which the engine, or a part of it, cannot be reached.</summary>
internal static class Outage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Does something that may be done twice; again each second, as long as the engine cannot be reached for it.</summary>
    public static Task SitOutAsync(Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken cancellationToken) => SitOutAsync(
        async token =>
        {
            await attempt(token);
            return true;
        },
        time, cancellationToken);

    /// <summary>As the other one, for what can be done in part; again each second, until it says that it has done all.</summary>
    public static async Task SitOutAsync(Func<CancellationToken, Task<bool>> attempt, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!await TryAsync(attempt, cancellationToken))
            await Task.Delay(s_pause, time, cancellationToken);
    }

    private static async Task<bool> TryAsync(Func<CancellationToken, Task<bool>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await attempt(cancellationToken);
        }
        catch (EngineUnavailableException)
        {
            return false;
        }
    }
}
