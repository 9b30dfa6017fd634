using System.Reflection;
using System.Runtime.Loader;

namespace Posthorn.Simulation.Mutants;

/// <summary>A simulator of its own around a compiled engine: nothing in it is shared with this process's engine and simulator.</summary>
internal sealed class MutantWorld(byte[] engine) : AssemblyLoadContext(isCollectible: true)
{
    private Assembly? _engine;

    /// <summary>Runs scenarios until one finds something.</summary>
    /// <returns>What was found; null when nothing was.</returns>
    public string? FirstFinding(HuntingGround ground)
    {
        var simulator = Load(typeof(HuntingGrounds).Assembly.GetName())!;
        return (string?)simulator.GetType(typeof(HuntingGrounds).FullName!)!.GetMethod(nameof(HuntingGrounds.FirstFinding))!.Invoke(null, [(int)ground]);
    }

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        "Posthorn" => _engine ??= LoadFromStream(new MemoryStream(engine)),
        "Posthorn.Simulation" => Assemblies.FirstOrDefault(a => a.GetName().Name == assemblyName.Name) ?? LoadFromAssemblyPath(typeof(HuntingGrounds).Assembly.Location),
        _ => null,
    };
}
