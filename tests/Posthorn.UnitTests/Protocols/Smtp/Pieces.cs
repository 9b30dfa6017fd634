using System.Buffers;

namespace Posthorn.UnitTests.Protocols.Smtp;

/// <summary>Bytes cut into pieces, as a network does.</summary>
internal static class Pieces
{
    /// <summary>One sequence of several segments; empty pieces become empty segments.</summary>
    public static ReadOnlySequence<byte> Sequence(params ReadOnlyMemory<byte>[] pieces)
    {
        var first = new Segment(pieces[0], 0);
        var last = first;
        foreach (var piece in pieces.Skip(1))
            last = last.Append(piece);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Every way to cut the bytes in two.</summary>
    public static IEnumerable<(byte[] First, byte[] Second)> InTwo(byte[] bytes) =>
        Enumerable.Range(0, bytes.Length + 1).Select(at => (bytes[..at], bytes[at..]));

    /// <summary>Pieces of random lengths.</summary>
    public static IEnumerable<byte[]> AtRandom(byte[] bytes, Random random, int lengthMax)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, lengthMax + 1), bytes.Length - at);
            yield return bytes[at..(at + length)];
            at += length;
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
