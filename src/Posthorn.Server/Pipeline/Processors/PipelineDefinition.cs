namespace Posthorn.Server.Pipeline.Processors;

/// <summary>The pipeline, compiled and checked. Immutable.</summary>
public sealed class PipelineDefinition
{
    private readonly Dictionary<string, Processor> _byName;

    internal PipelineDefinition(IEnumerable<Processor> processors, Processor builtIn)
    {
        _byName = processors.Append(builtIn).ToDictionary(p => p.Name, StringComparer.Ordinal);
        BuiltIn = builtIn;
        Root = _byName.GetValueOrDefault(Processor.Root, builtIn);
        Error = _byName.GetValueOrDefault(Processor.Error);
    }

    /// <summary>The names of its processors.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    internal IReadOnlyCollection<Processor> Processors => _byName.Values;

    internal Processor Root { get; }

    /// <summary>What is done without a pipeline, and where mail goes that comes to the end of a processor.</summary>
    internal Processor BuiltIn { get; }

    /// <summary>The user's own; null is the built-in one, which holds the mail.</summary>
    internal Processor? Error { get; }

    internal Processor? this[string name] => _byName.GetValueOrDefault(name);
}
