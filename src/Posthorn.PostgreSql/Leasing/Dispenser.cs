namespace Posthorn.PostgreSql.Leasing;

/// <summary>Those who wait for messages of one queue, the longest waiting first; one at a time asks the database for all. Guarded by the engine's lock.</summary>
internal sealed class Dispenser
{
    public List<LeaseWaiter> Waiters { get; } = [];

    /// <summary>Whether the database is being asked.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Who asks it.</summary>
    public Task Run { get; set; } = Task.CompletedTask;

    /// <summary>Whether there is a reason to ask it, or to ask again.</summary>
    public bool IsCalled { get; set; }
}
