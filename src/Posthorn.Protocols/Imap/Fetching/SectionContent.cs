namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>Where a section's bytes lie.</summary>
/// <param name="Kind">What is there.</param>
/// <param name="Offset">Of the first byte, from the mail's beginning.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct SectionContent(SectionKind Kind, long Offset, long Length)
{
    /// <summary>Nothing.</summary>
    public static SectionContent Missing => default;

    /// <summary>The piece of it that was asked for; empty when that begins behind its end. Of fields it is cut after filtering (<see cref="CutLength"/>), and this changes nothing.</summary>
    public SectionContent Cut(PartialRange? partial)
    {
        if (partial is not { } range || Kind != SectionKind.Bytes)
            return this;
        var skipped = Math.Min(range.Offset, Length);
        return this with { Offset = Offset + skipped, Length = CutLength(Length, range) };
    }

    /// <summary>How many of <paramref name="length"/> bytes a piece holds.</summary>
    public static long CutLength(long length, PartialRange range) => Math.Min(range.Length, length - Math.Min(range.Offset, length));
}
