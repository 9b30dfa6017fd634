namespace Posthorn.Server.Operate.Configuration;

/// <summary>Where a setting stands: a file with line and column (both from 1), or an environment variable or command line (both 0).</summary>
public sealed record ConfigLocation(string Source, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";

    /// <summary>
    /// A path that a setting names, made absolute: one written in a file is relative to that file's folder, so that it means the same
    /// from wherever the program is started; one from elsewhere is relative to the current folder.
    /// </summary>
    public string ResolvePath(string path) =>
        Path.GetFullPath(path, Line > 0 && Path.GetDirectoryName(Path.GetFullPath(Source)) is { } folder ? folder : Environment.CurrentDirectory);
}
