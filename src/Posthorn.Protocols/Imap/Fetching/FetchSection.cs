namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>What stands between the brackets of BODY[…].</summary>
/// <param name="Part">Of which part; the mail itself without numbers.</param>
/// <param name="Text">What of it.</param>
/// <param name="Fields">Names of header fields as the client wrote them, one or more, when <paramref name="Text"/> is about fields; else empty.</param>
public sealed record FetchSection(PartPath Part, SectionText Text, IReadOnlyList<string> Fields)
{
    /// <summary>The whole mail: BODY[].</summary>
    public static FetchSection Whole { get; } = new(default, SectionText.Whole, []);

    /// <summary>The mail's header: BODY[HEADER].</summary>
    public static FetchSection Header { get; } = new(default, SectionText.Header, []);

    /// <summary>The mail's body: BODY[TEXT].</summary>
    public static FetchSection BodyText { get; } = new(default, SectionText.Text, []);

    /// <inheritdoc/>
    public bool Equals(FetchSection? other) => other is not null && Part == other.Part && Text == other.Text && Fields.SequenceEqual(other.Fields);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Part, Text, Fields.Count);
}
