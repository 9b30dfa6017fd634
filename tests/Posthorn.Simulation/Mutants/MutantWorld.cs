using System.Reflection;
using System.Runtime.Loader;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Mutants;

/// <summary>A simulator of its own around a compiled engine: nothing in it is shared with this process's engine and simulator.</summary>
internal sealed class MutantWorld(byte[] engine) : AssemblyLoadContext(isCollectible: true)
{
    private Assembly? _engine;

    /// <summary>Runs seeds until one finds something.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public string? FirstFinding(ulong from, int count) => Call(typeof(Seeds), nameof(Seeds.FirstFinding), from, count);

    /// <summary>Runs the exhaustive script with a fault at each of its I/Os until one finds something.</summary>
    public string? FirstFinding(Fault fault) => Call(typeof(SweepScript), nameof(SweepScript.FirstFinding), (int)fault);

    private string? Call(Type type, string method, params object[] arguments)
    {
        var simulator = Load(typeof(Seeds).Assembly.GetName())!;
        return (string?)simulator.GetType(type.FullName!)!.GetMethod(method, BindingFlags.Static | BindingFlags.Public)!.Invoke(null, arguments);
    }

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        "Posthorn" => _engine ??= LoadFromStream(new MemoryStream(engine)),
        "Posthorn.Simulation" => Assemblies.FirstOrDefault(a => a.GetName().Name == assemblyName.Name) ?? LoadFromAssemblyPath(typeof(Seeds).Assembly.Location),
        _ => null,
    };
}
