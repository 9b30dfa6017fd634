namespace Posthorn.Protocols.Sqs;

/// <summary>What shape a member has.</summary>
public enum SqsMemberKind
{
    /// <summary>One text.</summary>
    Text,
    /// <summary>A whole number.</summary>
    Number,
    /// <summary>A list of texts; in Query <c>Name.1=…</c>.</summary>
    Texts,
    /// <summary>Texts by name; in Query <c>Name.1.Name=…</c> (of tags <c>.Key</c>) and <c>Name.1.Value=…</c>.</summary>
    Map,
    /// <summary>Typed values by name; in Query <c>Name.1.Name=…</c> and <c>Name.1.Value.DataType=…</c>.</summary>
    Attributes,
    /// <summary>The entries of a batch, each with members of its own.</summary>
    Entries,
}
