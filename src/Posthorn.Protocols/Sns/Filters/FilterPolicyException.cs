namespace Posthorn.Protocols.Sns.Filters;

/// <summary>A filter policy is none.</summary>
/// <param name="reason">What clients show, without the prefix of the action.</param>
/// <param name="isWhole">The reason is the whole text behind <c>Invalid parameter: </c>.</param>
public sealed class FilterPolicyException(string reason, bool isWhole = false) : FormatException(reason)
{
    /// <summary>Whether the reason stands without the prefix of the action.</summary>
    public bool IsWhole { get; } = isWhole;
}
