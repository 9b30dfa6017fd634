namespace Posthorn.Benchmarks.Reports;

/// <summary>What a bar stands for.</summary>
internal enum BarKind
{
    /// <summary>Posthorn, by whatever door.</summary>
    Posthorn,

    /// <summary>Another system.</summary>
    Peer,

    /// <summary>No system, but what could be reached at most.</summary>
    Limit,
}
