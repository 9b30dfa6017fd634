using Posthorn.Protocols.Sqs;

namespace Posthorn.Protocols.Sns;

/// <summary>A message to be published: a Publish, or an entry of a PublishBatch. What was not given is null.</summary>
/// <remarks>The text and binary values may lie in the bytes the request was read from.</remarks>
public sealed record SnsMessage
{
    /// <summary>The entry's name within its batch.</summary>
    public string? Id { get; init; }

    /// <summary>The text's UTF-8 as it came, valid or not.</summary>
    public ReadOnlyMemory<byte>? Text { get; init; }

    /// <summary>The subject, for mails.</summary>
    public string? Subject { get; init; }

    /// <summary><c>json</c> when the text holds a text for each protocol.</summary>
    public string? Structure { get; init; }

    /// <summary>Its attributes, in the order given.</summary>
    public IReadOnlyList<SqsAttribute> Attributes { get; init; } = [];

    /// <summary>Its group.</summary>
    public string? GroupId { get; init; }

    /// <summary>Its deduplication id.</summary>
    public string? DeduplicationId { get; init; }

    /// <summary>Bytes that count: the text's, and each attribute's name, type and value.</summary>
    public long Size => (Text?.Length ?? 0) + Attributes.Sum(a => (long)System.Text.Encoding.UTF8.GetByteCount(a.Name) + (a.DataType?.Length ?? 0) + a.Value.Length);
}
