using Xunit;

namespace Posthorn.UnitTests.Protocols;

/// <summary>The real mails beside the repository (<c>../shared/corpus</c>, or below POSTHORN_SHARED).</summary>
internal static class Corpus
{
    private static readonly Lazy<string> LazyFolder = new(FindFolder);

    public static string Folder => LazyFolder.Value;

    public static IReadOnlyList<string> Names { get; } =
        Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!).Where(n => n != "README.md").Order(StringComparer.Ordinal).ToArray();

    public static TheoryData<string> All => [.. Names];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private static string FindFolder()
    {
        if (Environment.GetEnvironmentVariable("POSTHORN_SHARED") is { Length: > 0 } shared)
            return Path.Combine(shared, "corpus");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Posthorn.slnx")))
                return Path.Combine(folder.Parent!.FullName, "shared", "corpus");
        throw new DirectoryNotFoundException("The repository's root (Posthorn.slnx) is not above the tests, and POSTHORN_SHARED is not set.");
    }
}
