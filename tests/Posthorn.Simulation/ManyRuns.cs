using Posthorn.Simulation.Audit;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation;

/// <summary>Seeds that several threads run, each seed on one thread, until one finds something.</summary>
internal sealed class ManyRuns(ulong from, ulong count)
{
    private ulong _taken;
    private long _done;
    private long _acknowledged;
    private Finding? _finding;

    public long Done => Interlocked.Read(ref _done);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public Finding? Finding => Volatile.Read(ref _finding);

    public void Work(Func<bool> isOver)
    {
        while (Finding is null && !isOver())
        {
            var taken = Interlocked.Increment(ref _taken) - 1;
            if (taken >= count)
                return;
            var seed = from + taken;
            var scenario = Swarm.ScenarioOf(seed);
            var run = new SimulationRun(scenario);
            try
            {
                run.Run();
            }
            catch (AuditException e)
            {
                Interlocked.CompareExchange(ref _finding, new Finding(scenario, e.Invariant, e.Message, run.Journal.Begun), null);
            }
            Interlocked.Add(ref _acknowledged, run.Acknowledged);
            Interlocked.Increment(ref _done);
        }
    }
}
