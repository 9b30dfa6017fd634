namespace Posthorn.Protocols.Sns.Filters;

/// <summary>What a filter policy looks at.</summary>
public enum FilterScope
{
    /// <summary>The message's attributes.</summary>
    MessageAttributes,
    /// <summary>The message's text, which is a JSON object.</summary>
    MessageBody,
}
