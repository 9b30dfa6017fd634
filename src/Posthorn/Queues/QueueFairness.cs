using Posthorn.Messages;

namespace Posthorn.Queues;

/// <summary>
/// By what the messages of a fair queue are told apart: the <i>tenant</i> of a message. While several tenants have something ready, those that
/// take no more than their share come first (the <i>priority lane</i>); who takes more waits for what they leave (the <i>delayed lane</i>).
/// </summary>
public sealed record QueueFairness
{
    /// <summary>Most characters of a tenant's name taken from an attribute, which are those of a group.</summary>
    private const int TenantLengthMax = 255;

    private const string GroupWord = "group";
    private const string AttributePrefix = "attribute(";
    private const string AttributeSuffix = ")";

    private QueueFairness(string? attribute) => Attribute = attribute;

    /// <summary>The tenant is the message's group; those without one are nobody's, and never too many (SQS's fair queues).</summary>
    public static QueueFairness ByGroup { get; } = new((string?)null);

    /// <summary>The attribute whose text is the tenant; null when the group is.</summary>
    public string? Attribute { get; }

    /// <summary>
    /// The tenant is the text of an attribute. It becomes the group of a message that comes into the queue without one; a group that its sender
    /// named stays, and is its tenant.
    /// </summary>
    /// <param name="name">The attribute's name, 1 to 255 characters.</param>
    public static QueueFairness ByAttribute(string name) =>
        name.Length is 0 or > 255 ? throw new ArgumentException("An attribute's name has 1 to 255 characters.", nameof(name)) : new QueueFairness(name);

    /// <summary>Reads <c>group</c> or <c>attribute(name)</c>.</summary>
    public static bool TryParse(string? text, out QueueFairness fairness)
    {
        fairness = ByGroup;
        if (text == GroupWord)
            return true;
        if (text is null || !text.StartsWith(AttributePrefix, StringComparison.Ordinal) || !text.EndsWith(AttributeSuffix, StringComparison.Ordinal))
            return false;
        var name = text[AttributePrefix.Length..^AttributeSuffix.Length].Trim();
        if (name.Length is 0 or > 255)
            return false;
        fairness = new QueueFairness(name);
        return true;
    }

    /// <summary>The group that an attribute makes; null when it is absent, empty or binary. Of a longer text the first 255 characters count.</summary>
    public static string? GroupOf(IReadOnlyDictionary<string, AttributeValue> attributes, string attribute)
    {
        if (!attributes.TryGetValue(attribute, out var value) || value.Text is not { Length: > 0 } text)
            return null;
        if (text.Length <= TenantLengthMax)
            return text;
        return text[..(char.IsHighSurrogate(text[TenantLengthMax - 1]) ? TenantLengthMax - 1 : TenantLengthMax)];
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Attribute is null ? GroupWord : $"{AttributePrefix}{Attribute}{AttributeSuffix}";
}
