using System.Runtime.InteropServices;

namespace Posthorn.Files;

/// <summary>A folder of a real disk, held by this process alone for as long as this object lives, or shared (<see cref="OpenShared"/>).</summary>
/// <remarks>
/// Calls block; the writer loop therefore gets a thread of its own (<see cref="RunLoopAsync"/>).
/// Limits: on Windows a folder cannot be flushed; NTFS journals names itself.
/// </remarks>
public sealed class PhysicalFileSystem : IJournalFileSystem, IDisposable
{
    private const string LockName = "lock";
    private readonly string _root;
    private readonly FileStream? _lock;

    /// <summary>Takes a folder, made when it does not exist.</summary>
    /// <exception cref="FolderInUseException">Another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public PhysicalFileSystem(string folder) : this(folder, isShared: false)
    {
    }

    private PhysicalFileSystem(string folder, bool isShared)
    {
        _root = Path.GetFullPath(folder);
        Directory.CreateDirectory(_root);
        if (isShared)
            return;
        var lockFile = Path.Combine(_root, LockName);
        try
        {
            // FileShare.None is flock(LOCK_EX) on Unix: it ends with the process, however that ends.
            _lock = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && !NoSpace.Is(e))
        {
            throw new FolderInUseException(_root, e);
        }
    }

    /// <summary>A folder that other programs and processes use too, made when it does not exist: without a lock, so its files need names that nobody else takes.</summary>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static PhysicalFileSystem OpenShared(string folder) => new(folder, isShared: true);

    /// <inheritdoc/>
    public long FreeBytes => new DriveInfo(_root).AvailableFreeSpace;

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder)
    {
        var path = PathOf(folder);
        if (!Directory.Exists(path))
            return [];
        var names = Directory.GetFiles(path).Select(file => Path.GetFileName(file)!).Where(name => folder.Length > 0 || name != LockName).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public DateTimeOffset WrittenAt(string name)
    {
        var file = new FileInfo(PathOf(name));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc) : DateTimeOffset.MaxValue;
    }

    /// <inheritdoc/>
    public ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        var path = PathOf(name);
        if (intent == OpenIntent.Create && Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            FlushFolder(Path.GetDirectoryName(folder)!);
        }
        else if (intent != OpenIntent.Create && !Directory.Exists(Path.GetDirectoryName(path)))
            throw new FileNotFoundException($"There is no folder for the file '{name}'.", path);
        var handle = intent switch
        {
            OpenIntent.Read => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete),
            OpenIntent.Write => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete),
            OpenIntent.Create => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete),
            _ => throw new ArgumentOutOfRangeException(nameof(intent)),
        };
        return ValueTask.FromResult<IJournalFile>(new PhysicalFile(handle));
    }

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to)
    {
        var target = PathOf(to);
        if (Path.GetDirectoryName(target) is { } folder && !Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            FlushFolder(Path.GetDirectoryName(folder)!);
        }
        File.Move(PathOf(from), target, overwrite: true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string name)
    {
        var path = PathOf(name);
        if (Directory.Exists(Path.GetDirectoryName(path)))
            File.Delete(path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushFolderAsync(string folder)
    {
        var path = PathOf(folder);
        if (Directory.Exists(path))
            FlushFolder(path);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs the loop on a thread of its own: its writes and syncs block, and a blocked pool thread is one that callers miss.</summary>
    public Task RunLoopAsync(Func<Task> loop) => LoopThread.RunAsync("posthorn journal", loop);

    /// <summary>Lets another process have the folder.</summary>
    public void Dispose() => _lock?.Dispose();

    private string PathOf(string name) => Path.Combine(_root, name);

    private static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = Posix.OpenFolder(path);
        Posix.Flush(folder, path);
    }
}
