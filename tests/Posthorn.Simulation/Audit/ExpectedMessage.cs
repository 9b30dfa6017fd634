namespace Posthorn.Simulation.Audit;

/// <summary>What the auditor knows of a message. Bodies derive from tag and length, so any read checks itself.</summary>
public sealed record ExpectedMessage(string Tag, string Queue, int BodyLength, int Priority, bool IsHeld, string? Note)
{
    public byte[] Body() => BodyOf(Tag, BodyLength);

    /// <summary>The bytes of a body.</summary>
    public static byte[] BodyOf(string tag, int length)
    {
        var seed = 14695981039346656037UL;
        foreach (var c in tag)
            seed = (seed ^ c) * 1099511628211UL;
        var random = new World.SimulationRandom(seed);
        var bytes = new byte[length];
        Span<byte> eight = stackalloc byte[8];
        for (var i = 0; i < length; i += eight.Length)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(eight, random.NextUInt64());
            eight[..Math.Min(eight.Length, length - i)].CopyTo(bytes.AsSpan(i));
        }
        return bytes;
    }
}
