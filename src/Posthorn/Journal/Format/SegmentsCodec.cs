using System.Buffers.Binary;

namespace Posthorn.Journal.Format;

/// <summary>The numbers of the segments that live, in a record of the whole state: one whose file is missing later was not given back before it.</summary>
internal static class SegmentsCodec
{
    private const int NumberLength = sizeof(uint);

    public static void Write(ByteWriter writer, IReadOnlyCollection<uint> numbers)
    {
        var start = Operation.Begin(writer, OperationKind.Segments, numbers.Count);
        var target = writer.Take(numbers.Count * NumberLength);
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target, number);
            target = target[NumberLength..];
        }
        Operation.End(writer, start);
    }

    /// <summary>The numbers that a record of the whole state has; null when it was written by a version that had none.</summary>
    public static IReadOnlyList<uint>? Find(ReadOnlySpan<byte> state)
    {
        for (; !state.IsEmpty; state = state[Operation.Length(state)..])
        {
            if (Operation.Kind(state) != OperationKind.Segments)
                continue;
            var numbers = new uint[Operation.Count(state)];
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(state[(Operation.HeaderLength + (i * NumberLength))..]);
            return numbers;
        }
        return null;
    }
}
