using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.World;

/// <summary>
/// Runs asynchronous code on one thread in an order that the seed picks. When nothing is ready, virtual time moves to the next timer;
/// when there is no timer either, everything waits for everything: a deadlock, which fails the run.
/// </summary>
public sealed class SimulationContext : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly SimulationRandom _random;
    private object? _last;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public SimulationContext(SimulationRandom random, DateTimeOffset start)
    {
        _random = random.Fork("scheduler");
        Time = new SimulatedTime(this, start);
    }

    public SimulatedTime Time { get; }

    /// <summary>Continuations run so far: with the seed, the place of a failure.</summary>
    public long Steps { get; private set; }

    /// <summary>What ran last, by its name.</summary>
    public string LastRan => Name(_last);

    /// <summary>Everything that ran and in which order, folded into one number: two runs of one seed must agree.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037UL;

    /// <summary>Runs <paramref name="main"/> to its end.</summary>
    /// <exception cref="AuditException">Deadlock, or more steps than allowed.</exception>
    public void Run(Func<Task> main, long stepsMax)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            var task = main();
            while (!task.IsCompleted)
            {
                if (Steps++ > stepsMax)
                    throw new AuditException("I13", $"The run took more than {stepsMax} steps: something spins, at {Time.Elapsed}; what ran last is {LastRan}.");
                if (_ready.Count > 0)
                    RunOne();
                else if (!Time.MoveToNextTimer())
                    throw new AuditException("I13", "Nothing is ready and no timer is set: everything waits for everything.");
            }
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Folds an observation into <see cref="TraceHash"/>.</summary>
    public void Trace(ulong value) => TraceHash = (TraceHash ^ value) * 1099511628211UL;

    public override void Post(SendOrPostCallback d, object? state)
    {
        AssertOnSimulatorThread();
        _ready.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        AssertOnSimulatorThread();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>An escape from the simulator is silent otherwise: the outer await comes back and nothing looks wrong.</summary>
    public void AssertOnSimulatorThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("Code under simulation left the simulator's thread: look for ConfigureAwait(false), Task.Run or a pool timer.");
    }

    // Of an awaiting method its name, which is in the name of its state machine.
    private static string Name(object? state) => state switch
    {
        TimerCallback timer => $"the timer {timer.Method.DeclaringType} {timer.Method.Name}",
        Delegate { Target: { } target } => Name(target),
        null => "nothing with a name",
        _ => state.GetType().ToString(),
    };

    private void RunOne()
    {
        var index = _random.Below(_ready.Count);
        var (callback, state) = _ready[index];
        _ready.RemoveAt(index);
        _last = state;
        Trace((ulong)index + ((ulong)_ready.Count << 16));
        callback(state);
    }
}
