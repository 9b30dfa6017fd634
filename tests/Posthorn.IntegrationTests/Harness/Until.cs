using System.Diagnostics;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>Waits for what another process does. Conditions, not durations: a test takes as long as its condition, and fails with a deadline that names it.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, within);

    public static Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null) =>
        ResultAsync(async () => await condition() ? what : null, what, within);

    /// <summary>Waits until <paramref name="probe"/> finds something.</summary>
    public static async Task<T> ResultAsync<T>(Func<Task<T?>> probe, string what, TimeSpan? within = null)
        where T : class
    {
        var limit = within ?? TimeSpan.FromSeconds(30);
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        do
        {
            if (await probe() is { } found)
                return found;
            await timer.WaitForNextTickAsync();
        }
        while (watch.Elapsed < limit);
        throw new TimeoutException($"Within {limit.TotalSeconds:0.#} s this did not come true: {what}.");
    }
}
