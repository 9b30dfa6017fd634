namespace Posthorn.Protocols.Sqs;

/// <summary>An attribute of a message as it stands in a request or an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">String, Number or Binary, perhaps with a label behind a dot; null when none was given.</param>
/// <param name="Text">The UTF-8 of a text or a number; null when none was given.</param>
/// <param name="Binary">Bytes, decoded; null when none were given.</param>
public readonly record struct SqsAttribute(string Name, string? DataType, ReadOnlyMemory<byte>? Text, ReadOnlyMemory<byte>? Binary)
{
    /// <summary>Whether its type is a kind of Binary.</summary>
    public bool IsBinary => DataType is not null && IsOfType(DataType, "Binary");

    /// <summary>The bytes that count: of a binary attribute the decoded ones, else the text's.</summary>
    public ReadOnlyMemory<byte> Value => (IsBinary ? Binary : Text) ?? default;

    internal static bool IsOfType(string dataType, string type) =>
        dataType.StartsWith(type, StringComparison.Ordinal) && (dataType.Length == type.Length || dataType[type.Length] == '.');
}
