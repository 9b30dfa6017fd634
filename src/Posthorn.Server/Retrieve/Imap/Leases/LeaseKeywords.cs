using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Imap.Leases;

/// <summary>
/// Keywords that tell where a message stands in its queue. They are never kept with it: they are made of its state, and no client stores them, except
/// <see cref="Lease"/>, whose storing is the claim itself.
/// </summary>
internal static class LeaseKeywords
{
    /// <summary>This session holds the message.</summary>
    public const string Lease = "$Lease";

    /// <summary>Somebody else holds it, through whatever door.</summary>
    public const string Leased = "$Leased";

    /// <summary>Its due time has not come.</summary>
    public const string Delayed = "$Delayed";

    /// <summary>An administrator holds it.</summary>
    public const string Held = "$Held";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Lease, Leased, Delayed, Held];

    /// <summary>Whether a flag is one of them.</summary>
    public static bool Contains(string flag) => flag.StartsWith('$') && All.Contains(flag, StringComparer.OrdinalIgnoreCase);

    /// <summary>What a state is called; null for a message that is ready.</summary>
    /// <param name="state">Where it stands.</param>
    /// <param name="isOurs">Whether this session holds it.</param>
    public static string? Of(MessageState state, bool isOurs) => state switch
    {
        MessageState.Leased => isOurs ? Lease : Leased,
        MessageState.Delayed => Delayed,
        MessageState.Held => Held,
        _ => null,
    };
}
