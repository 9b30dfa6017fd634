namespace Posthorn.PostgreSql.Committing;

/// <summary>What the engine does to messages by itself.</summary>
internal enum UpkeepKind
{
    /// <summary>Makes dead letters of what was received too often.</summary>
    Bury,
    /// <summary>Removes what is too old.</summary>
    Expire,
    /// <summary>Ends what was consumed and is kept no longer.</summary>
    Forget,
}
