namespace Posthorn.Files;

/// <summary>A folder whose files stay as they are: what is written, named and deleted here is in memory only, a page at a time.</summary>
/// <param name="below">The folder.</param>
internal sealed class OverlayFileSystem(IJournalFileSystem below) : IJournalFileSystem
{
    // Guards both. A name that is null was deleted here.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OverlayPages?> _files = new(StringComparer.Ordinal);

    public long FreeBytes => below.FreeBytes;

    public IReadOnlyList<string> List(string folder)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var names = new SortedSet<string>(below.List(folder), StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var (path, pages) in _files)
            {
                if (!path.StartsWith(prefix, StringComparison.Ordinal) || path.IndexOf('/', prefix.Length) >= 0)
                    continue;
                if (pages is null)
                    names.Remove(path[prefix.Length..]);
                else
                    names.Add(path[prefix.Length..]);
            }
        }
        return [.. names];
    }

    public async ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        OverlayPages? pages;
        lock (_gate)
        {
            if (_files.TryGetValue(name, out pages) && pages is null && intent != OpenIntent.Create)
                throw new FileNotFoundException($"There is no file '{name}'.", name);
            if (intent == OpenIntent.Create)
            {
                if (pages is not null)
                    throw new IOException($"The file '{name}' exists.");
                _files[name] = pages = new OverlayPages(name: null, 0);
            }
        }
        if (pages is null)
        {
            await using var file = await below.OpenAsync(name, OpenIntent.Read);
            var found = new OverlayPages(name, file.Length);
            lock (_gate)
            {
                if (_files.GetValueOrDefault(name) is { } known)
                    pages = known;
                else
                    _files[name] = pages = found;
            }
        }
        return new OverlayFile(pages, pages.Name is { } path ? await below.OpenAsync(path, OpenIntent.Read) : null);
    }

    public async ValueTask RenameAsync(string from, string to)
    {
        await (await OpenAsync(from, OpenIntent.Read)).DisposeAsync();
        lock (_gate)
            (_files[to], _files[from]) = (_files[from], null);
    }

    public ValueTask DeleteAsync(string name)
    {
        lock (_gate)
            _files[name] = null;
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushFolderAsync(string folder) => ValueTask.CompletedTask;
}
