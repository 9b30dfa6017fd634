using System.Runtime.InteropServices;

namespace Posthorn.Journal.Hints;

/// <summary>A pair of numbers: a queue and the next number that is free in it, or a message and its receive count.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct HintedNumber(ulong Of, long Number)
{
    public const int Length = 16;
}
