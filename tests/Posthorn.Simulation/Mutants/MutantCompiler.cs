using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Posthorn.Simulation.Mutants;

/// <summary>Compiles the engine's sources in memory, as they are or with a mistake in them.</summary>
internal sealed class MutantCompiler
{
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Posthorn.Simulation")]
        """;

    /// <summary>What is built around the engine, with packages of its own, and is not simulated.</summary>
    private static readonly string[] NotOfTheEngine = ["obj", "bin", "Embedded", "Operations"];

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);
    private readonly Dictionary<string, SyntaxTree> _trees;
    private readonly CSharpCompilation _compilation;

    public MutantCompiler()
    {
        var sources = Path.Combine(Root(), "src", "Posthorn");
        _trees = Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(sources, file))
            .Where(file => !NotOfTheEngine.Contains(file.Split(Path.DirectorySeparatorChar)[0]))
            .ToDictionary(file => file, file => Parse(File.ReadAllText(Path.Combine(sources, file)), file), StringComparer.Ordinal);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && !name.StartsWith("Posthorn", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create("Posthorn", [.. _trees.Values, Parse(GlobalUsings, "GlobalUsings.cs")], references, options);
        // Once: no mistake is planted in what generators look at.
        CSharpGeneratorDriver.Create(Generators(), parseOptions: Parsing).RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        _compilation = (CSharpCompilation)generated;
    }

    /// <summary>Compiles the engine.</summary>
    /// <param name="mutant">The mistake; null is the engine as it is.</param>
    /// <exception cref="InvalidOperationException">It does not compile, or the mutant's text is not found.</exception>
    public byte[] Compile(Mutant? mutant)
    {
        var compilation = _compilation;
        if (mutant is not null)
        {
            if (!_trees.TryGetValue(mutant.File, out var tree))
                throw new InvalidOperationException($"The mutant '{mutant.Name}' edits {mutant.File}, which does not exist.");
            compilation = compilation.ReplaceSyntaxTree(tree, Parse(mutant.Plant(tree.ToString()), mutant.File));
        }
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        return result.Success
            ? assembly.ToArray()
            : throw new InvalidOperationException($"{mutant?.Name ?? "The engine"} does not compile: {string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5))}");
    }

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(SourceText.From(text), Parsing, path);

    /// <summary>The framework's own source generators, which the engine's sources need as in any build.</summary>
    private static IEnumerable<ISourceGenerator> Generators()
    {
        var dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        var packs = Path.Combine(dotnet, "packs", "Microsoft.NETCore.App.Ref");
        var newest = Directory.EnumerateDirectories(packs, $"{Environment.Version.Major}.*").OrderBy(folder => Version.Parse(Path.GetFileName(folder).Split('-')[0])).Last();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(newest, "analyzers", "dotnet", "cs"), "*.dll"))
        {
            foreach (var type in TypesOf(Assembly.LoadFrom(file)).Where(type => type.IsDefined(typeof(GeneratorAttribute)) && !type.IsAbstract))
            {
                if (Activator.CreateInstance(type) is IIncrementalGenerator generator)
                    yield return generator.AsSourceGenerator();
            }
        }
    }

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>(); // code fixes beside the generators want an editor
        }
    }

    private static string Root()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Posthorn.slnx")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No Posthorn.slnx above {AppContext.BaseDirectory}.");
    }
}
