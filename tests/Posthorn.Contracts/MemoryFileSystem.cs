using Posthorn.Engine;
using Posthorn.Files;

namespace Posthorn.Contracts;

/// <summary>A folder in memory: what is written is there, as if nothing ever failed; with a size beyond which there is no space.</summary>
public sealed class MemoryFileSystem : IJournalFileSystem
{
    // Guards the files and the sizes.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);

    private int _reads;

    public long Capacity { get; set; } = long.MaxValue / 2;

    public long Used
    {
        get
        {
            lock (_gate)
                return _files.Values.Sum(file => (long)file.Bytes.Length);
        }
    }

    public long FreeBytes => Capacity - Used;

    /// <summary>How often something was read from a file.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Awaited before a file is opened, with its name; so that a test can hold a reader where it wants him.</summary>
    public Func<string, Task>? Opening { get; set; }

    /// <summary>A file's bytes, to look at and to damage.</summary>
    public byte[] this[string name]
    {
        get
        {
            lock (_gate)
                return _files[name].Bytes;
        }
        set
        {
            lock (_gate)
                _files[name] = new MemoryFile(this) { Bytes = value };
        }
    }

    public MemoryFileSystem Copy()
    {
        var copy = new MemoryFileSystem { Capacity = Capacity };
        lock (_gate)
        {
            foreach (var (name, file) in _files)
                copy[name] = [.. file.Bytes];
        }
        return copy;
    }

    public IReadOnlyList<string> List(string folder)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        lock (_gate)
            return [.. _files.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name[prefix.Length..].Contains('/', StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
    }

    public async ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        if (Opening is { } opening)
            await opening(name);
        lock (_gate)
        {
            if (intent == OpenIntent.Create)
            {
                if (_files.ContainsKey(name))
                    throw new IOException($"{name} exists.");
                _files.Add(name, new MemoryFile(this));
            }
            if (!_files.TryGetValue(name, out var file))
                throw new FileNotFoundException($"{name} does not exist.", name);
            return file;
        }
    }

    public ValueTask RenameAsync(string from, string to)
    {
        lock (_gate)
        {
            if (!_files.Remove(from, out var file))
                throw new FileNotFoundException($"{from} does not exist.", from);
            _files[to] = file;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(string name)
    {
        lock (_gate)
            _files.Remove(name);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushFolderAsync(string folder) => ValueTask.CompletedTask;

    private void Grow(long by)
    {
        if (by > 0 && by > FreeBytes)
            throw new StorageFullException($"There is no space for {by} more bytes.");
    }

    private sealed class MemoryFile(MemoryFileSystem files) : IJournalFile
    {
        private byte[] _bytes = [];

        public byte[] Bytes { get => _bytes; set => _bytes = value; }

        public long Length => _bytes.Length;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> target)
        {
            Interlocked.Increment(ref files._reads);
            lock (files._gate)
            {
                var count = (int)Math.Clamp(_bytes.Length - offset, 0, target.Length);
                _bytes.AsMemory((int)Math.Min(offset, _bytes.Length), count).CopyTo(target);
                return ValueTask.FromResult(count);
            }
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
        {
            lock (files._gate)
            {
                var end = (int)offset + source.Length;
                files.Grow(end - _bytes.Length);
                if (end > _bytes.Length)
                    Array.Resize(ref _bytes, end);
                source.CopyTo(_bytes.AsMemory((int)offset));
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync() => ValueTask.CompletedTask;

        public ValueTask SetLengthAsync(long length)
        {
            lock (files._gate)
            {
                files.Grow(length - _bytes.Length);
                Array.Resize(ref _bytes, (int)length);
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
