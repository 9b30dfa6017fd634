namespace Posthorn.Cli.Receiving;

/// <summary>A folder of one's own for the work on one message; gone with all that is in it when that is done.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-");

    public string Path => _folder.FullName;

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The command may have left something running there, or removed it itself; the message is done all the same.
        }
    }
}
