using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Posthorn.Journal;

/// <summary>Numbers that nobody can guess, from the system's generator; taken from it by the dozen, since a call costs as much as a lease.</summary>
internal static class SecretNumbers
{
    private const int AtOnce = 64;

    [ThreadStatic]
    private static ulong[]? t_numbers;

    [ThreadStatic]
    private static int t_left;

    /// <summary>The next one; any thread.</summary>
    public static ulong Next()
    {
        if (t_left == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes((t_numbers ??= new ulong[AtOnce]).AsSpan()));
            t_left = AtOnce;
        }
        var number = t_numbers![--t_left];
        t_numbers[t_left] = 0;
        return number;
    }
}
