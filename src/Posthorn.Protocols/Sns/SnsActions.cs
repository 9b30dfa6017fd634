using System.Collections.Frozen;

namespace Posthorn.Protocols.Sns;

/// <summary>What is known of the actions beforehand.</summary>
public static class SnsActions
{
    private static readonly FrozenDictionary<string, SnsAction> s_byName = Enum.GetValues<SnsAction>().ToFrozenDictionary(a => a.ToString(), StringComparer.Ordinal);

    /// <summary>The action of this name; case matters.</summary>
    public static bool TryFind(string name, out SnsAction action) => s_byName.TryGetValue(name, out action);

    /// <summary>Whether it answers nothing but that it was done.</summary>
    public static bool IsVoid(SnsAction action) => action is SnsAction.DeleteTopic or SnsAction.SetTopicAttributes or SnsAction.Unsubscribe
        or SnsAction.SetSubscriptionAttributes or SnsAction.AddPermission or SnsAction.RemovePermission;

    /// <summary>Whether links in messages ask for it: whoever has the link has the right.</summary>
    public static bool IsOfLinks(string name) => name is nameof(SnsAction.ConfirmSubscription) or nameof(SnsAction.Unsubscribe);
}
