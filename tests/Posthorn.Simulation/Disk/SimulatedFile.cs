using Posthorn.Files;

namespace Posthorn.Simulation.Disk;

/// <summary>An open file of a <see cref="SimulatedDisk"/>. As the seam demands, a failed flush poisons it: a second flush is the program's mistake.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, SimulatedInode inode) : IJournalFile
{
    public long Length => inode.Length;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> target)
    {
        await disk.PauseAsync();
        if (disk.Strike() == Fault.IoError)
            throw new IOException("A read failed.");
        var count = (int)Math.Clamp(inode.Length - offset, 0, target.Length);
        inode.Bytes.Slice((int)Math.Min(offset, inode.Length), count).CopyTo(target.Span);
        disk.CrashIfDue();
        return count;
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
    {
        await disk.PauseAsync();
        var fault = disk.Strike();
        var growth = Math.Max(0, offset + source.Length - inode.Length);
        if (fault is Fault.IoError or Fault.NoSpace || growth > disk.FreeBytes)
        {
            inode.Write(offset, source.Span[..disk.Random.Below(source.Length)]);
            throw new IOException(fault == Fault.IoError ? "A write failed." : "No space left on the device.", fault == Fault.IoError ? 5 : 28);
        }
        inode.Write(offset, source.Span);
        disk.CrashIfDue();
    }

    public async ValueTask FlushAsync()
    {
        await disk.PauseAsync();
        if (disk.Strike() == Fault.FlushFails)
        {
            inode.FlushPartly(disk.Random);
            if (!disk.Lies.HasFlag(Lie.FailedFlushSucceeds))
                throw new IOException("A flush failed.");
        }
        else if (!disk.Lies.HasFlag(Lie.FlushDoesNothing))
            inode.Flush();
        disk.CrashIfDue();
    }

    public async ValueTask SetLengthAsync(long length)
    {
        await disk.PauseAsync();
        if (disk.Strike() == Fault.NoSpace || length - inode.Length > disk.FreeBytes)
            throw new IOException("No space left on the device.", 28);
        inode.SetLength(length);
        disk.CrashIfDue();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
