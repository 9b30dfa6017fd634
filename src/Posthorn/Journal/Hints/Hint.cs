using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Posthorn.Journal.Format;

namespace Posthorn.Journal.Hints;

/// <summary>What the index needs of a sealed segment, without its bodies: whoever has it need not read the segment. Give it back with Dispose.</summary>
internal sealed class Hint : IDisposable
{
    private readonly int[] _starts;
    private readonly int[] _lanes;
    private readonly int[] _flagSets;
    private byte[] _bytes;

    /// <param name="bytes">A rented array; the hint's from now on.</param>
    /// <param name="header">What it begins with.</param>
    private Hint(byte[] bytes, HintHeader header)
    {
        (_bytes, Header) = (bytes, header);
        _starts = new int[header.Parts.Length + 1];
        _starts[0] = HintHeader.Length;
        for (var i = 0; i < header.Parts.Length; i++)
            _starts[i + 1] = _starts[i] + header.Parts[i];
        _lanes = PlacesIn(Part(HintPart.Lanes), LaneHeaderLength);
        _flagSets = PlacesIn(Part(HintPart.FlagSets), FlagSetHeaderLength);
    }

    /// <summary>Bytes of a lane in its table before the group.</summary>
    public const int LaneHeaderLength = 12;

    /// <summary>Bytes of a set of flags in its table before the flags.</summary>
    public const int FlagSetHeaderLength = 4;

    public HintHeader Header { get; }

    public ReadOnlyMemory<byte> File => _bytes.AsMemory(0, Header.FileLength);

    public ReadOnlySpan<byte> State => Part(HintPart.State);

    public ReadOnlySpan<byte> Changes => Part(HintPart.Changes);

    public ReadOnlySpan<byte> Keys => Part(HintPart.Keys);

    public ReadOnlySpan<HintedNumber> Numbers => MemoryMarshal.Cast<byte, HintedNumber>(Part(HintPart.Numbers));

    public ReadOnlySpan<HintedBody> Bodies => MemoryMarshal.Cast<byte, HintedBody>(Part(HintPart.Bodies));

    public ReadOnlySpan<ulong> Removed => MemoryMarshal.Cast<byte, ulong>(Part(HintPart.Removed));

    public ReadOnlySpan<HintedNumber> Receives => MemoryMarshal.Cast<byte, HintedNumber>(Part(HintPart.Receives));

    public ReadOnlySpan<HintRow> Rows => MemoryMarshal.Cast<byte, HintRow>(Part(HintPart.Rows));

    public int LaneCount => _lanes.Length;

    /// <summary>A hint from a file's bytes; null when they are not what was written.</summary>
    /// <param name="bytes">A rented array; the hint's when there is one, else still the caller's.</param>
    /// <param name="length">How much of it is the file.</param>
    public static Hint? TryRead(byte[] bytes, int length)
    {
        if (HintHeader.TryRead(bytes.AsSpan(0, length)) is not { } header || header.FileLength != length
            || Checksum.Of(bytes.AsSpan(HintHeader.Length, length - HintHeader.Length)) != header.ContentChecksum)
            return null;
        return new Hint(bytes, header);
    }

    /// <summary>A hint made of its parts, whose lengths the header has; its checksum is put into it.</summary>
    public static Hint Of(HintHeader header, HintContent writeTo)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(header.FileLength);
        var content = bytes.AsSpan(HintHeader.Length, header.FileLength - HintHeader.Length);
        writeTo(content);
        header = header with { ContentChecksum = Checksum.Of(content) };
        header.WriteTo(bytes);
        return new Hint(bytes, header);
    }

    /// <summary>The queue and the group of a lane.</summary>
    public ReadOnlySpan<byte> Lane(int index, out long queue)
    {
        var lane = Part(HintPart.Lanes)[_lanes[index]..];
        queue = BinaryPrimitives.ReadInt64LittleEndian(lane);
        return lane.Slice(LaneHeaderLength, BinaryPrimitives.ReadInt32LittleEndian(lane[8..]));
    }

    /// <summary>The flags of a row, as <see cref="MessageCodec.FlagList"/> has them; empty when it has none.</summary>
    public ReadOnlySpan<byte> FlagsOf(in HintRow row)
    {
        if (row.FlagSet == 0)
            return [];
        var set = Part(HintPart.FlagSets)[_flagSets[NumberOfSet(row) - 1]..];
        return set.Slice(FlagSetHeaderLength, BinaryPrimitives.ReadInt32LittleEndian(set));
    }

    /// <summary>The row of a message; -1 when it has none.</summary>
    public int RankOf(ulong id)
    {
        var rows = Rows;
        int low = 0, high = rows.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (rows[middle].Id < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low < rows.Length && rows[low].Id == id ? low : -1;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private int NumberOfSet(in HintRow row)
    {
        if (row.FlagSet < HintRow.ManyFlags)
            return row.FlagSet;
        var many = MemoryMarshal.Cast<byte, HintedNumber>(Part(HintPart.ManyFlags));
        int low = 0, high = many.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (many[middle].Of < row.Id)
                low = middle + 1;
            else
                high = middle;
        }
        return (int)many[low].Number;
    }

    // The last four bytes of what stands before an item are its length.
    private static int[] PlacesIn(ReadOnlySpan<byte> table, int headerLength)
    {
        var places = new List<int>();
        for (var at = 0; at < table.Length; at += headerLength + BinaryPrimitives.ReadInt32LittleEndian(table[(at + headerLength - 4)..]))
            places.Add(at);
        return [.. places];
    }

    private ReadOnlySpan<byte> Part(HintPart part) => _bytes.AsSpan(_starts[(int)part], Header.Parts[(int)part]);
}
