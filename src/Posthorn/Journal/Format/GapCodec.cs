namespace Posthorn.Journal.Format;

/// <summary>
/// A record that stands where a repair has set bytes aside and says how the chain goes on behind it. It says so in its header, so that it fits
/// wherever a record was; what is behind the header is filled with zeros.
/// </summary>
internal static class GapCodec
{
    /// <summary>The record's bytes, filling <paramref name="length"/>, at least <see cref="RecordHeader.Length"/>.</summary>
    /// <param name="length">The range's length, a multiple of 8.</param>
    /// <param name="salt">The segment's.</param>
    /// <param name="number">The number that the next record must have here.</param>
    /// <param name="previousChecksum">The checksum of the record before.</param>
    /// <param name="nextNumber">The number of the record behind.</param>
    /// <param name="nextPrevious">The checksum that the record behind names as that of the one before.</param>
    public static byte[] Write(int length, ulong salt, ulong number, uint previousChecksum, ulong nextNumber, uint nextPrevious)
    {
        var gap = new byte[length];
        var filling = Checksum.Of(gap.AsSpan(RecordHeader.Length));
        new RecordHeader(previousChecksum, number, nextNumber - 1, length - RecordHeader.Length, 0, filling, RecordType.Gap, nextPrevious).WriteTo(gap, salt);
        return gap;
    }

    /// <summary>How the chain goes on behind it.</summary>
    public static (ulong NextNumber, uint PreviousChecksum) Read(in RecordHeader gap) => (gap.DurableNumber + 1, (uint)gap.WrittenAt);
}
