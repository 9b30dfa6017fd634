namespace Posthorn.Journal.Recovery;

/// <summary>How a segment's two copies of its header are.</summary>
internal enum HeaderState
{
    /// <summary>The first is right.</summary>
    Right,
    /// <summary>The first is damaged, the second is right.</summary>
    CopyOnly,
    /// <summary>Both are damaged.</summary>
    Lost,
}
