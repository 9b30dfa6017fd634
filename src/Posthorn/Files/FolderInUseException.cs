namespace Posthorn.Files;

/// <summary>Another process works in the folder. Two of them would write over each other, so the second does not start.</summary>
public sealed class FolderInUseException(string folder, Exception inner) : IOException(
    $"The data folder '{folder}' is in use by another process. Stop that process, or give this one another folder.", inner)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;
}
