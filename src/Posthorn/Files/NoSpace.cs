using Posthorn.Engine;

namespace Posthorn.Files;

/// <summary>Tells "no space" from every other fault of a disk: the only one that goes away by itself.</summary>
internal static class NoSpace
{
    // .NET puts the raw errno into HResult where it has no exception type of its own for it.
    private const int LinuxNoSpace = 28;
    private const int LinuxQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool Is(Exception error) =>
        error is StorageFullException or IOException { HResult: LinuxNoSpace or LinuxQuotaExceeded or WindowsDiskFull };
}
