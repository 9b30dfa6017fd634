namespace Posthorn.Client.Contracts.Messages;

/// <summary>A named value that travels with a message: text or bytes.</summary>
public sealed record MessageAttribute
{
    /// <summary>The text; null when it is binary.</summary>
    public string? Text { get; init; }

    /// <summary>The bytes (base 64 in JSON); null when it is text.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>The type its sender named; null when it named none.</summary>
    public string? Type { get; init; }
}
