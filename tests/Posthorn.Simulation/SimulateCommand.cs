using System.Diagnostics;
using System.Globalization;
using Posthorn.Simulation.Shrinking;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation;

/// <summary><c>./posthorn simulate</c>: long runs on all cores, or one seed with its trace.</summary>
internal static class SimulateCommand
{
    private const string Usage = """
        Tries the journal engine against power loss, faults of the disk and of the clock, on virtual time, seed after seed.

          ./posthorn simulate [--seeds N] [--from S] [--minutes M]   N seeds (1000) from S (1) on, or as many as go into M minutes
          ./posthorn simulate --seed S [--trace]                     one seed; with --trace a line for each event

        Numbers are decimal or hexadecimal (0x…). Exit code 0: no invariant is broken. 1: one is; its history is cut short and printed as a test.
        """;

    public static int Run(string[] arguments)
    {
        ulong? seed = null;
        ulong from = 1, count = 1_000;
        var (minutes, isTraced) = (0.0, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            ulong number = 0;
            var isRight = arguments[i] switch
            {
                "--trace" => isTraced = true,
                "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0,
                "--seed" or "--seeds" or "--from" => TryParse(value, out number),
                _ => false,
            };
            if (!isRight)
            {
                (arguments[i] is "--help" or "-h" ? Console.Out : Console.Error).WriteLine(Usage);
                return arguments[i] is "--help" or "-h" ? 0 : 2;
            }
            i += arguments[i] == "--trace" ? 0 : 1;
            (seed, from, count) = (arguments[Math.Max(0, i - 1)], number) switch
            {
                ("--seed", var n) => (n, from, count),
                ("--from", var n) => (seed, n, count),
                ("--seeds", var n) => (seed, from, n),
                _ => (seed, from, count),
            };
        }
        return seed is { } one ? RunOne(one, isTraced) : RunMany(from, minutes > 0 ? ulong.MaxValue - from : count, TimeSpan.FromMinutes(minutes));
    }

    private static int RunOne(ulong seed, bool isTraced)
    {
        var run = new SimulationRun(Swarm.ScenarioOf(seed), isTraced ? Console.Out : null);
        try
        {
            run.Run();
            Console.WriteLine($"seed 0x{seed:x}: no finding; {run.Acknowledged} commits acknowledged, {run.Doubted} in doubt, {run.Steps} continuations, trace {run.TraceHash:x16}");
            return 0;
        }
        catch (Audit.AuditException e)
        {
            Report(new Finding(Swarm.ScenarioOf(seed), e.Invariant, e.Message, run.Journal.Begun));
            return 1;
        }
    }

    private static int RunMany(ulong from, ulong count, TimeSpan most)
    {
        var watch = Stopwatch.StartNew();
        var state = new ManyRuns(from, count);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => state.Work(() => most > TimeSpan.Zero && watch.Elapsed > most))).ToList();
        threads.ForEach(thread => thread.Start());
        while (!threads.TrueForAll(thread => thread.Join(TimeSpan.FromSeconds(1))))
            Progress(state, watch.Elapsed, isLast: false);
        Progress(state, watch.Elapsed, isLast: true);
        if (state.Finding is not { } finding)
        {
            Console.WriteLine($"no finding in {state.Done} seeds (from {from}), {watch.Elapsed.TotalSeconds:f0} s, {state.Acknowledged} commits acknowledged");
            return 0;
        }
        Report(finding);
        return 1;
    }

    private static void Progress(ManyRuns state, TimeSpan elapsed, bool isLast)
    {
        if (Console.IsErrorRedirected && !isLast && (int)elapsed.TotalSeconds % 30 != 0)
            return;
        Console.Error.Write($"{(Console.IsErrorRedirected ? "" : "\r")}{state.Done} seeds, {state.Done / Math.Max(0.001, elapsed.TotalSeconds):f0}/s, {elapsed:h\\:mm\\:ss}{(isLast || Console.IsErrorRedirected ? "\n" : "  ")}");
    }

    private static void Report(Finding finding)
    {
        Console.WriteLine($"seed 0x{finding.Scenario.Seed:x}: {finding.Message}");
        Console.WriteLine($"\ncutting {finding.Scenario.Steps.Count} steps short …");
        var shrinker = new Shrinker();
        var shrunk = shrinker.Shrink(finding);
        Console.WriteLine($"{shrunk.Scenario.Steps.Count} steps, {shrunk.Scenario.Faults.Count} faults, {shrunk.Scenario.Lives.Count} lives left after {shrinker.Runs} runs:\n{shrunk.Message}\n\n{ScenarioText.FactOf(shrunk)}");
    }

    private static bool TryParse(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
