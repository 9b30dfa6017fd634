using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Compiles the pipeline as it is written. Every fault is told with its place and what would be right; none stops at the first.</summary>
public sealed class PipelineCompiler
{
    private readonly IServiceProvider _services;
    private readonly MatcherCatalog _matchers;
    private readonly MailetCatalog _mailets;

    /// <summary>Takes the program's own matchers and mailets, and what they are made with.</summary>
    /// <exception cref="ArgumentException">Two of one name.</exception>
    public PipelineCompiler(IServiceProvider services, IEnumerable<MatcherRegistration> matchers, IEnumerable<MailetRegistration> mailets) =>
        (_services, _matchers, _mailets) = (services, new MatcherCatalog(matchers), new MailetCatalog(mailets));

    /// <summary>Compiles; null is the built-in pipeline.</summary>
    /// <exception cref="ConfigException">It cannot be taken; lists every fault.</exception>
    public PipelineDefinition Compile(ConfigNode.Map? pipeline)
    {
        var errors = new List<ConfigError>();
        var definition = Compile(pipeline, errors);
        return definition ?? throw new ConfigException(errors);
    }

    /// <summary>Compiles; adds every fault to <paramref name="errors"/> and returns null when there are any.</summary>
    public PipelineDefinition? Compile(ConfigNode.Map? pipeline, ICollection<ConfigError> errors)
    {
        var found = new List<ConfigError>();
        var compiler = new ProcessorCompiler(_matchers, _mailets, _services, found);
        var builtIn = compiler.Compile(Processor.BuiltIn, BuiltInPipeline.Rules.Location, BuiltInPipeline.Rules);
        var sources = new List<ProcessorSource>();
        foreach (var entry in pipeline?.Entries ?? [])
        {
            if (NameFault(entry.Key) is { } fault)
                found.Add(new ConfigError(entry.Location, entry.Value.Path, fault));
            else
                sources.Add(compiler.Compile(entry.Key, entry.Location, entry.Value));
        }

        if (pipeline is not null)
            PipelineChecks.Check(pipeline, sources, found);
        foreach (var error in found.OrderBy(e => e.Location.Line).ThenBy(e => e.Location.Column))
            errors.Add(error);
        return found.Count == 0 ? new PipelineDefinition(sources.Select(s => s.Processor), builtIn.Processor) : null;
    }

    private static string? NameFault(string name)
    {
        if (name is Processor.BuiltIn or "retry" or "ignore")
            return $"a processor cannot be named '{name}', which means something else; choose another name";
        return name.Length is > 0 and <= 100 && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : $"'{name}' cannot name a processor; write letters, digits, '-', '_' and '.', at most 100";
    }
}
