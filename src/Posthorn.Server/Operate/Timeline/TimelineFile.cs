using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>A file of events that is not written any more, with its sidecar. Safe for several threads.</summary>
internal sealed class TimelineFile(string folder, long sequence)
{
    /// <summary>A line longer than this was not written by us.</summary>
    private const int LineBytesMax = 16 << 20;

    private readonly Lock _lock = new(); // guards _header, so that a missing sidecar is made once
    private TimelineSidecar.Header? _header;

    /// <summary>Grows with every file.</summary>
    public long Sequence { get; } = sequence;

    public string LinesPath { get; } = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{sequence:D10}.jsonl"));

    public string SidecarPath => Path.ChangeExtension(LinesPath, ".idx");

    /// <summary>The files in a folder, oldest first.</summary>
    public static IEnumerable<TimelineFile> In(string folder) =>
        Directory.EnumerateFiles(folder, "*.jsonl")
            .Select(f => long.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out var s) ? s : -1)
            .Where(s => s >= 0)
            .Order()
            .Select(s => new TimelineFile(folder, s));

    /// <summary>Finds the lines with a key, latest first.</summary>
    /// <exception cref="FileNotFoundException">It was removed: its time was over.</exception>
    public void Find(ulong key, List<uint> offsets, int max)
    {
        var header = Header();
        using var sidecar = File.OpenHandle(SidecarPath, options: FileOptions.RandomAccess, share: FileShare.ReadWrite | FileShare.Delete);
        TimelineSidecar.Find(sidecar, header, key, offsets, max);
    }

    public SafeFileHandle OpenLines() => OpenLines(LinesPath);

    public static SafeFileHandle OpenLines(string path) =>
        File.OpenHandle(path, options: FileOptions.RandomAccess, share: FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The event whose line begins at an offset; null when it is torn.</summary>
    public static RecordedEvent? ReadLine(SafeFileHandle lines, long offset)
    {
        for (var size = 4_096; size <= LineBytesMax; size *= 8)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                var read = RandomAccess.Read(lines, buffer.AsSpan(0, size), offset);
                var end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
                if (end >= 0)
                    return TimelineLine.Read(buffer.AsSpan(0, end));
                if (read < size)
                    return null;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return null;
    }

    private TimelineSidecar.Header Header()
    {
        lock (_lock)
        {
            _header ??= TimelineSidecar.Open(SidecarPath, new FileInfo(LinesPath).Length);
            if (_header is not null)
                return _header;
            Rebuild();
            return _header = TimelineSidecar.Open(SidecarPath, new FileInfo(LinesPath).Length)
                ?? throw new IOException($"The index {SidecarPath} cannot be read right after it was written.");
        }
    }

    // After a killed process the last file has no sidecar, and after a power cut its end may be torn or a hole: what is no event is passed over.
    private void Rebuild()
    {
        var bytes = File.ReadAllBytes(LinesPath);
        var pairs = new List<(ulong Key, uint Offset)>();
        var keys = new List<ulong>();
        DateTimeOffset? first = null, last = null;
        long offset = 0, covered = 0;
        while (offset < bytes.Length && bytes.AsSpan((int)offset).IndexOf((byte)'\n') is var length and >= 0)
        {
            if (TimelineLine.Read(bytes.AsSpan((int)offset, length)) is { } recorded)
            {
                TimelineKey.Collect(recorded.Event, keys);
                foreach (var key in keys)
                    pairs.Add((key, (uint)offset));
                first ??= recorded.At;
                last = recorded.At > last ? recorded.At : last ?? recorded.At;
            }

            offset += length + 1;
            covered = offset;
        }

        pairs.Sort();
        TimelineSidecar.Write(SidecarPath, covered, first ?? default, last ?? default, [.. pairs]);
    }
}
