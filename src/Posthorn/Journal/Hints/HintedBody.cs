using System.Runtime.InteropServices;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Hints;

/// <summary>A body that was written again in the segment.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Place">Where it lies.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct HintedBody(LogPosition Key, LogPosition Place)
{
    public const int Length = 16;
}
