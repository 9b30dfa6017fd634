namespace Posthorn.Journal.Format;

/// <summary>A document as an operation: key and value, or key and end.</summary>
internal static class DocumentCodec
{
    public static void Write(ByteWriter writer, string key, ReadOnlyMemory<byte>? value)
    {
        var start = Operation.Begin(writer, OperationKind.Document, value is null ? 0 : 1);
        writer.Text(key);
        if (value is not null)
            writer.Bytes(value.Value.Span);
        Operation.End(writer, start);
    }

    public static (string Key, byte[]? Value) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(Operation.Rest(operation));
        var key = reader.Text()!;
        return (key, Operation.Count(operation) == 0 ? null : reader.Bytes().ToArray());
    }
}
