namespace Posthorn.Journal.Format;

/// <summary>How the chain goes on behind a range that a repair has set aside.</summary>
internal static class GapCodec
{
    /// <summary>Shortest gap: a record header and this operation.</summary>
    public const int LengthMin = RecordHeader.Length + 32;

    /// <summary>The operations of a gap's record, filling <paramref name="length"/> bytes.</summary>
    public static byte[] Write(int length, ulong nextNumber, uint previousChecksum)
    {
        var operations = new byte[length];
        MessageLayout.Set(operations, Operation.LengthAt, length);
        operations[Operation.KindAt] = (byte)OperationKind.Gap;
        MessageLayout.Set(operations, Operation.IdAt, (long)nextNumber);
        MessageLayout.Set(operations, Operation.IdAt + 8, (long)previousChecksum);
        Operation.Seal(operations);
        return operations;
    }

    public static (ulong NextNumber, uint PreviousChecksum) Read(ReadOnlySpan<byte> operation) =>
        (Operation.Id(operation), (uint)MessageLayout.Int64(operation, Operation.IdAt + 8));
}
