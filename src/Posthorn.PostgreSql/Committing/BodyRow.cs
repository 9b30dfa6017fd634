namespace Posthorn.PostgreSql.Committing;

/// <summary>What a decision needs to know of a body.</summary>
/// <param name="References">How many messages refer to it; -1 when it is written and none ever did; -2 when it is being removed.</param>
/// <param name="IsLarge">Whether it is in chunks or in a store.</param>
internal readonly record struct BodyRow(int References, bool IsLarge)
{
    /// <summary>Whether a message may name it.</summary>
    public bool IsAlive => References is > 0 or -1;
}
