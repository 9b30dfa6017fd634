using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What must hold of the processors together: each that is named exists, none is left out, and no mail can go round in circles.</summary>
internal static class PipelineChecks
{
    public static void Check(ConfigNode.Map pipeline, IReadOnlyList<ProcessorSource> sources, ICollection<ConfigError> errors)
    {
        var byName = sources.ToDictionary(s => s.Processor.Name, StringComparer.Ordinal);
        if (!pipeline.Entries.Any(e => e.Key == Processor.Root))
            errors.Add(new ConfigError(pipeline.Location, pipeline.Path, $"has no processor '{Processor.Root}', where every mail enters"));
        foreach (var reference in sources.SelectMany(s => s.References))
        {
            if (byName.ContainsKey(reference.Processor) || reference.Processor == Processor.BuiltIn || reference.IsOptional)
                continue;
            var names = byName.Keys.Append(Processor.BuiltIn);
            var hint = Spelling.Nearest(reference.Processor, names) is { } near
                ? $"did you mean '{near}'?"
                : $"there are: {string.Join(", ", names.Order(StringComparer.Ordinal))}";
            errors.Add(new ConfigError(reference.Location, reference.Path, $"there is no processor '{reference.Processor}'; {hint}"));
        }

        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
            FindCircles(source, byName, [], done, errors);
        CheckReached(sources, byName, errors);
    }

    // Circles through a processor's own queue are circles too: they would turn as fast as the disk syncs.
    private static void FindCircles(
        ProcessorSource source, Dictionary<string, ProcessorSource> byName, List<string> way, HashSet<string> done, ICollection<ConfigError> errors)
    {
        if (done.Contains(source.Processor.Name))
            return;
        way.Add(source.Processor.Name);
        foreach (var reference in source.References)
        {
            var begin = way.IndexOf(reference.Processor);
            if (begin >= 0)
                errors.Add(new ConfigError(reference.Location, reference.Path, $"sends mail round in a circle: {string.Join(" -> ", way.Skip(begin))} -> {reference.Processor}"));
            else if (byName.TryGetValue(reference.Processor, out var next))
                FindCircles(next, byName, way, done, errors);
        }

        way.RemoveAt(way.Count - 1);
        done.Add(source.Processor.Name);
    }

    private static void CheckReached(IReadOnlyList<ProcessorSource> sources, Dictionary<string, ProcessorSource> byName, ICollection<ConfigError> errors)
    {
        // An HTTP service or a mailet of one's own can send mail anywhere.
        if (sources.Any(s => s.LeadsAnywhere))
            return;
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var left = new Stack<string>([Processor.Root, Processor.Error]);
        while (left.TryPop(out var name))
        {
            if (!reached.Add(name) || !byName.TryGetValue(name, out var source))
                continue;
            foreach (var reference in source.References)
                left.Push(reference.Processor);
        }

        // One with a queue of its own can be sent mail by an administrator.
        foreach (var source in sources.Where(s => !s.Processor.IsQueued && !reached.Contains(s.Processor.Name)))
        {
            var path = $"pipeline.{source.Processor.Name}";
            errors.Add(new ConfigError(source.Location, path, $"no mail ever comes to the processor '{source.Processor.Name}'; lead there with 'to: {source.Processor.Name}', or remove it"));
        }
    }
}
