using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Posthorn.Engine;

namespace Posthorn.Files;

/// <summary>The calls that .NET does not offer: flushing a folder, flushing data alone, and reserving space so that a full disk is known early.</summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int Interrupted = 4;
    private const int InvalidArgument = 22;
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int NotSupported = 95;

    // O_DIRECTORY and O_CLOEXEC by platform and processor (asm-generic; arm64 swaps O_DIRECT and O_DIRECTORY).
    private static int FolderFlags => OperatingSystem.IsLinux()
        ? 0x80000 | (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000)
        : 0x1000000 | 0x100000;

    public static SafeFileHandle OpenFolder(string path)
    {
        var handle = Open(path, ReadOnly | FolderFlags);
        return handle.IsInvalid ? throw Error("open", path) : handle;
    }

    public static void Flush(SafeFileHandle handle, string path)
    {
        int result;
        do
            result = FSync(handle);
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (result < 0)
            throw Error("fsync", path);
    }

    /// <summary>Flushes a file's content and what is needed to read it; not the time of its last change, for which the file system would write its own journal.</summary>
    public static void FlushData(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }
        int result;
        do
            result = FDataSync(handle);
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (result < 0)
            throw Error("fdatasync", "a file");
    }

    /// <summary>Reserves the space from <paramref name="offset"/> on; what was not written reads as zeros.</summary>
    /// <returns>False when this system cannot: then the caller writes zeros.</returns>
    public static bool TryReserve(SafeFileHandle handle, long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        int error;
        do
            error = FAllocate(handle, offset, length);
        while (error == Interrupted);
        return error switch
        {
            0 => true,
            NoSpaceLeft or QuotaExceeded => throw new StorageFullException($"There is no space for {length} more bytes."),
            NotSupported or InvalidArgument => false,
            _ => throw new IOException($"posix_fallocate: error {error}.", error),
        };
    }

    private static IOException Error(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int FAllocate(SafeFileHandle handle, long offset, long length);
}
