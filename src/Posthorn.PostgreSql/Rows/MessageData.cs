using Posthorn.Messages;

namespace Posthorn.PostgreSql.Rows;

/// <summary>The part of a message that stays as it is while it is leased, released and moved: a row of the table <c>messages</c>.</summary>
internal sealed record MessageData
{
    public ulong Origin { get; init; }

    public string? DeduplicationId { get; init; }

    public Envelope Envelope { get; init; } = Envelope.None;

    public IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; } = NoAttributes;

    public IReadOnlyList<string> Flags { get; init; } = [];

    public string? LastError { get; init; }

    public ReadOnlyMemory<byte> Prefix { get; init; }

    public long Skip { get; init; }

    /// <summary>0 for no bytes; below zero for bytes in the message's row (<see cref="Bodies.RowBody"/>).</summary>
    public long BodyId { get; init; }

    public long BodyLength { get; init; }

    /// <summary>False: envelope, attributes and prefix were not read, for nothing needs them.</summary>
    public bool IsWhole { get; init; } = true;

    public long Length => Prefix.Length + BodyLength - Skip;

    public static IReadOnlyDictionary<string, AttributeValue> NoAttributes { get; } = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
}
