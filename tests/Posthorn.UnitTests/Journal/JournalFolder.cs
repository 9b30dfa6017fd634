using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal;

namespace Posthorn.UnitTests.Journal;

/// <summary>A throw-away folder of a real disk.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("posthorn-").FullName;
    private readonly PhysicalFileSystem _files;

    public JournalFolder() => _files = new PhysicalFileSystem(_path);

    public PhysicalFileSystem Files => _files;

    public string Path => _path;

    public async Task<IEngine> OpenAsync(TimeProvider time) => await JournalEngine.OpenAsync(_files, JournalTestOptions.Small, time);

    public void Dispose()
    {
        _files.Dispose();
        Directory.Delete(_path, recursive: true);
    }
}
