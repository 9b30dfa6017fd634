namespace Posthorn.Client.Contracts.Messages;

/// <summary>A condition on a header field: it is there, one of its values is this, or one of its values matches.</summary>
/// <param name="Name">The field's name, compared without case.</param>
public sealed record HeaderCondition(string Name)
{
    /// <summary>The whole value, compared without case; null asks for none.</summary>
    public string? Value { get; init; }

    /// <summary>A regular expression that the value matches somewhere, without case; null asks for none.</summary>
    public string? Regex { get; init; }

    /// <summary>Reads <c>Name</c>, <c>Name=value</c> or <c>Name~regex</c>; null when the text has no name.</summary>
    public static HeaderCondition? Parse(string text)
    {
        var end = text.AsSpan().IndexOfAny('=', '~');
        var name = (end < 0 ? text : text[..end]).Trim();
        if (name.Length == 0)
            return null;
        return end < 0 ? new HeaderCondition(name)
            : text[end] == '=' ? new HeaderCondition(name) { Value = text[(end + 1)..].Trim() }
            : new HeaderCondition(name) { Regex = text[(end + 1)..] };
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Value is not null ? $"{Name}={Value}" : Regex is not null ? $"{Name}~{Regex}" : Name;
}
