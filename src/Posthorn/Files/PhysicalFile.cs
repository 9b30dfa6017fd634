using Microsoft.Win32.SafeHandles;

namespace Posthorn.Files;

/// <summary>A file of a real disk. Calls complete before they return.</summary>
internal sealed class PhysicalFile(SafeFileHandle handle) : IJournalFile
{
    private const int ZerosAtOnce = 1 << 20;
    private IOException? _poison;

    public long Length => RandomAccess.GetLength(handle);

    public ValueTask<int> ReadAsync(long offset, Memory<byte> target)
    {
        var total = 0;
        while (total < target.Length)
        {
            var count = RandomAccess.Read(handle, target.Span[total..], offset + total);
            if (count == 0)
                break;
            total += count;
        }
        return ValueTask.FromResult(total);
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
    {
        // One buffer: the gathering overload once mishandled short writes. RandomAccess.Write loops until all is written.
        RandomAccess.Write(handle, source.Span, offset);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync()
    {
        // After a failed fsync Linux may call the lost pages clean, so that a second one would succeed: never ask again.
        if (_poison is not null)
            throw new IOException("An earlier flush of this file failed.", _poison);
        try
        {
            Posix.FlushData(handle);
        }
        catch (IOException e)
        {
            _poison = e;
            throw;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask SetLengthAsync(long length)
    {
        var now = Length;
        if (length > now && Posix.TryReserve(handle, now, length - now))
            return ValueTask.CompletedTask;
        if (length < now)
        {
            RandomAccess.SetLength(handle, length);
            return ValueTask.CompletedTask;
        }
        var zeros = new byte[Math.Min(length - now, ZerosAtOnce)];
        for (var at = now; at < length; at += zeros.Length)
            RandomAccess.Write(handle, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - at)), at);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
