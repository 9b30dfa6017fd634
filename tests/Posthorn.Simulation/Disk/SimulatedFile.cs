using Posthorn.Files;

namespace Posthorn.Simulation.Disk;

/// <summary>An open file of a <see cref="SimulatedDisk"/>. As the seam demands, a failed flush poisons it: a second flush is the program's mistake.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, SimulatedInode inode) : IJournalFile
{
    internal const int InputOutputError = 5;
    internal const int NoSpaceLeft = 28;

    public long Length => inode.Length;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> target)
    {
        await disk.PauseAsync();
        if (disk.Strike(isRead: true) is Fault.IoError or Fault.ReadFails)
            throw new IOException("A read failed.", InputOutputError);
        var count = (int)Math.Clamp(inode.Length - offset, 0, target.Length);
        inode.Bytes.Slice((int)Math.Min(offset, inode.Length), count).CopyTo(target.Span);
        disk.CrashIfDue();
        return count;
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
    {
        await disk.PauseAsync();
        var fault = disk.Strike(isWrite: true);
        if (fault is Fault.IoError or Fault.NoSpace)
        {
            inode.Write(offset, source.Span[..disk.Random.Below(source.Length)]);
            throw new IOException(fault == Fault.IoError ? "A write failed." : "No space left on the device.", fault == Fault.IoError ? InputOutputError : NoSpaceLeft);
        }
        var room = inode.Length - offset + disk.FreeBytes;
        if (source.Length > room)
        {
            // What fits is written; the rest is not.
            inode.Write(offset, source.Span[..(int)Math.Max(0, room)]);
            disk.NoteFull();
            throw new IOException("No space left on the device.", NoSpaceLeft);
        }
        if (fault == Fault.Misdirected)
            offset = Math.Max(0, Math.Min(offset + (disk.Random.Between(-3, 3) * SimulatedDisk.PageBytes), inode.Length - source.Length));
        inode.Write(offset, source.Span);
        disk.CrashIfDue();
    }

    public async ValueTask FlushAsync()
    {
        await disk.PauseAsync();
        if (disk.Strike() is Fault.FlushFails or Fault.IoError)
        {
            inode.FlushPartly(disk.Random);
            if (!disk.Lies.HasFlag(Lie.FailedFlushSucceeds))
                throw new IOException("A flush failed.", InputOutputError);
        }
        else if (!disk.Lies.HasFlag(Lie.FlushDoesNothing))
            inode.Flush();
        disk.CrashIfDue();
    }

    public async ValueTask SetLengthAsync(long length)
    {
        await disk.PauseAsync();
        var fault = disk.Strike();
        if (fault == Fault.IoError)
            throw new IOException("Setting a length failed.", InputOutputError);
        if (fault == Fault.NoSpace || length - inode.Length > disk.FreeBytes)
        {
            disk.NoteFull();
            throw new IOException("No space left on the device.", NoSpaceLeft);
        }
        inode.SetLength(length);
        disk.CrashIfDue();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
