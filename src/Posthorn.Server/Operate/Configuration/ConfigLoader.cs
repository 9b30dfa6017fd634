using Microsoft.Extensions.DependencyInjection;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Reads the configuration: the YAML file, the environment over it, the command line over both; bound and checked as a whole.</summary>
public static class ConfigLoader
{
    /// <summary>Reads all of it.</summary>
    /// <param name="file">The YAML file; null runs with the defaults.</param>
    /// <param name="environment">The environment's variables; those that start with <c>POSTHORN__</c> are settings.</param>
    /// <param name="data">The data folder given on the command line, relative to the current folder; null is none.</param>
    /// <param name="configure">Adds the program's own matchers and mailets, so that the pipeline may name them.</param>
    /// <exception cref="ConfigException">It is refused; lists every fault.</exception>
    public static LoadedConfig Load(string? file, IEnumerable<KeyValuePair<string, string>> environment, string? data = null, Action<IServiceCollection>? configure = null)
    {
        var errors = new List<ConfigError>();
        var tree = file is null ? new ConfigNode.Map(new ConfigLocation("defaults"), "", []) : YamlTree.ReadFile(file, errors);
        if (tree is null)
            throw new ConfigException(errors);
        return Load(tree, environment, data, configure, errors);
    }

    /// <summary>Reads a configuration from a text, as if it stood in a file of the given name.</summary>
    /// <exception cref="ConfigException">It is refused; lists every fault.</exception>
    public static LoadedConfig LoadText(string yaml, string source, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var errors = new List<ConfigError>();
        var tree = YamlTree.ReadText(yaml, source, errors) ?? throw new ConfigException(errors);
        return Load(tree, environment ?? [], data: null, configure: null, errors);
    }

    /// <summary>The variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? ""));

    private static LoadedConfig Load(ConfigNode.Map tree, IEnumerable<KeyValuePair<string, string>> environment, string? data, Action<IServiceCollection>? configure, List<ConfigError> errors)
    {
        tree = EnvironmentOverrides.Apply(tree, environment, errors);
        if (data is not null)
            tree = With(tree, "data", new ConfigNode.Scalar(new ConfigLocation("command line --data"), "data", data));
        var warnings = new List<ConfigWarning>();
        var options = PosthornOptionsBinder.Bind(tree, errors, warnings);
        CheckPipeline(options.Pipeline, configure, errors);
        if (errors.Count > 0)
            throw new ConfigException(errors.Distinct().OrderBy(e => e.Location.Source, StringComparer.Ordinal).ThenBy(e => e.Location.Line).ThenBy(e => e.Location.Column).ToList());
        return new LoadedConfig(options, EffectiveConfig.Of(tree), warnings);
    }

    // Compiled here to be checked with all else; the server compiles it again with everything that mailets need.
    private static void CheckPipeline(ConfigNode.Map? pipeline, Action<IServiceCollection>? configure, List<ConfigError> errors)
    {
        if (pipeline is null)
            return;
        var services = new ServiceCollection();
        services.AddSingleton<PipelineCompiler>();
        configure?.Invoke(services);
        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<PipelineCompiler>().Compile(pipeline, errors);
    }

    private static ConfigNode.Map With(ConfigNode.Map map, string key, ConfigNode value) =>
        map with { Entries = [.. map.Entries.Where(e => e.Key != key), new ConfigEntry(value.Location, key, value)] };
}
