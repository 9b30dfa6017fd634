using System.Reflection;
using System.Runtime.Loader;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Mutants;

/// <summary>A simulator of its own around a compiled engine: nothing in it is shared with this process's engine and simulator.</summary>
internal sealed class MutantWorld(byte[] engine) : AssemblyLoadContext(isCollectible: true)
{
    private Assembly? _engine;

    /// <summary>Runs seeds until one finds something.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public string? FirstFinding(ulong from, int count)
    {
        var simulator = Load(typeof(Seeds).Assembly.GetName())!;
        var method = simulator.GetType(typeof(Seeds).FullName!)!.GetMethod(nameof(Seeds.FirstFinding))!;
        return (string?)method.Invoke(null, [from, count]);
    }

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        "Posthorn" => _engine ??= LoadFromStream(new MemoryStream(engine)),
        "Posthorn.Simulation" => Assemblies.FirstOrDefault(a => a.GetName().Name == assemblyName.Name) ?? LoadFromAssemblyPath(typeof(Seeds).Assembly.Location),
        _ => null,
    };
}
