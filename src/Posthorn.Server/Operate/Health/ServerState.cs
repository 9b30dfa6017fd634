namespace Posthorn.Server.Operate.Health;

/// <summary>What the server knows of itself; set by the composition, read by anyone.</summary>
public sealed class ServerState(DateTimeOffset startedAt)
{
    private volatile IReadOnlyList<Listener> _listeners = [];
    private volatile ServerPhase _phase = ServerPhase.Starting;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public ServerPhase Phase
    {
        get => _phase;
        internal set => _phase = value;
    }

    public IReadOnlyList<Listener> Listeners
    {
        get => _listeners;
        internal set => _listeners = value;
    }
}
