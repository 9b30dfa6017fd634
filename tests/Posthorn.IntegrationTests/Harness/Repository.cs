namespace Posthorn.IntegrationTests.Harness;

/// <summary>Where things are: the repository this assembly was built from, the real mail for tests beside it, the tools installed by <c>./test</c>.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The program as a user starts it.</summary>
    public static string Program { get; } = Path.Combine(Root, "posthorn");

    public static string Tools { get; } = Path.Combine(Root, ".build", "tools");

    public static string Corpus { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("POSTHORN_SHARED") ?? Path.Combine(Root, "..", "shared"), "corpus");

    /// <summary>Whether the long forms of the tests are asked for (<c>./test --long</c>).</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("POSTHORN_LONG") == "1";

    /// <summary>Every real mail, in the order of names.</summary>
    public static IReadOnlyList<string> CorpusFiles()
    {
        if (!Directory.Exists(Corpus))
            throw new DirectoryNotFoundException($"The real mail for tests is not at {Corpus}; POSTHORN_SHARED names the folder that holds 'corpus'.");
        return [.. Directory.EnumerateFiles(Corpus).Where(f => Path.GetFileName(f) != "README.md").Order(StringComparer.Ordinal)];
    }

    /// <summary>Leaves a figure that <c>./test</c> prints at its end: what was measured rather than passed.</summary>
    public static void Report(string name, string figure)
    {
        var folder = Path.Combine(Root, ".build", "results", "figures");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name + ".txt"), $"{name}: {figure}\n");
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Posthorn.slnx")))
                return folder;
        }
        throw new DirectoryNotFoundException($"No Posthorn.slnx above {AppContext.BaseDirectory}.");
    }
}
