using Posthorn.Engine;
using Posthorn.Simulation.Audit;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.Work;

namespace Posthorn.Simulation.World;

/// <summary>The clients of one life: they do their steps side by side until all are done or the life ends in the middle of them.</summary>
public sealed class Clients(Scenario scenario, int life, Workload workload, Model model, SimulatedDisk disk, ProcessTime time, RunJournal journal)
{
    private readonly TaskCompletionSource _end = new(); // see SimulatedDisk
    private readonly SortedDictionary<int, Step> _current = [];
    private int _done;

    /// <summary>Whether all steps were done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Works until the end.</summary>
    /// <exception cref="AuditException">A client saw an invariant broken, or waits for ever.</exception>
    public async Task WorkAsync()
    {
        if (scenario.Lives[life].AfterSteps == 0)
            return;
        var all = SetUpAndWorkAsync();
        for (var round = 0; !IsOver(all); round++)
        {
            // A full disk makes commits wait: after a while there is space again, whatever the clients do with it.
            var before = _done;
            if (round > 0)
                disk.EndShortage();
            await Task.WhenAny(all, _end.Task, disk.Lost, Task.Delay(TimeSpan.FromHours(3), time)).Unwrap();
            if (round > 0 && before == _done && !IsOver(all))
                throw new AuditException("I13", $"Clients wait for ever at {string.Join(", ", _current.Values)}.");
        }
        IsDone = all.IsCompletedSuccessfully;
    }

    private bool IsOver(Task all) => all.IsCompleted || _end.Task.IsCompleted || disk.IsPowerLost;

    private async Task SetUpAndWorkAsync()
    {
        await DoAsync(workload.SetUpAsync);
        await Task.WhenAll(scenario.Steps.Where(s => s.Life == life).GroupBy(s => s.Client).OrderBy(c => c.Key)
            .Select(c => WorkAsync(c.OrderBy(s => s.Id).ToList())).ToList());
    }

    private async Task WorkAsync(List<Step> steps)
    {
        foreach (var step in steps)
        {
            if (workload.IsOver)
                return;
            _current[step.Client] = step;
            journal.Begin(step);
            var error = await DoAsync(() => WorkTable.All[(int)step.Kind].DoAsync(workload, new StepContext(step, scenario.Seed)));
            journal.End(step, error);
            _current.Remove(step.Client);
            if (++_done == scenario.Lives[life].AfterSteps)
                _end.TrySetResult();
        }
    }

    private async Task<Exception?> DoAsync(Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (Exception e) when (e is EngineFailedException or IOException or ObjectDisposedException)
        {
            Judge(e);
            return e;
        }
        catch (AuditException e)
        {
            _end.TrySetException(e);
            return e;
        }
    }

    // Only a fault of the disk may stop the engine or fail a read; only a full disk may refuse.
    private void Judge(Exception e)
    {
        if (workload.IsOver || disk.IsPowerLost)
            return;
        if (e is EngineFailedException)
            model.NoteFailure();
        var mayFail = disk.HasFaultStruck || (e is StorageFullException && disk.HasBeenFull);
        if (!mayFail && e is not ObjectDisposedException)
            _end.TrySetException(new AuditException("I14", $"The disk is well, and still: {e}"));
    }
}
