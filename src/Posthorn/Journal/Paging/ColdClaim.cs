namespace Posthorn.Journal.Paging;

/// <summary>Messages that somebody asks for by their ids: they are brought into memory and stay there until he is done.</summary>
internal sealed class ColdClaim
{
    /// <summary>Those that were looked for: one that is not in memory now does not exist.</summary>
    public HashSet<ulong> Ids { get; } = [];

    /// <summary>Those still to be looked for.</summary>
    public List<ulong> Wanted { get; } = [];
}
