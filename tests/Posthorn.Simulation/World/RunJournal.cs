namespace Posthorn.Simulation.World;

/// <summary>What happened in a run, one line an event, with the virtual time in front; and which steps were begun.</summary>
public sealed class RunJournal(SimulatedTime time, TextWriter? writer)
{
    private readonly HashSet<int> _begun = [];

    /// <summary>The ids of the steps that were begun.</summary>
    public IReadOnlySet<int> Begun => _begun;

    public bool IsKept => writer is not null;

    public void Begin(Step step)
    {
        _begun.Add(step.Id);
        if (writer is not null)
            Write($"client {step.Client}  step {step.Id,4}  {step.Kind} ({step.Size})");
    }

    public void End(Step step, Exception? error)
    {
        if (writer is not null)
            Write($"client {step.Client}  step {step.Id,4}  {(error is null ? "done" : $"{error.GetType().Name}: {error.Message}")}");
    }

    public void Write(string what) => writer?.WriteLine($"{time.Elapsed:d\\.hh\\:mm\\:ss\\.fff}  {what}");
}
