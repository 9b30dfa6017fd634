namespace Posthorn.Tidy;

/// <summary>A file of the repository, by its path from the root.</summary>
internal sealed record SourceFile(string Path)
{
    private string FullPath => System.IO.Path.Combine(SourceTree.Root, Path);

    public string Name => System.IO.Path.GetFileName(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public string Text => File.ReadAllText(FullPath);

    public string[] Lines => File.ReadAllLines(FullPath);
}
