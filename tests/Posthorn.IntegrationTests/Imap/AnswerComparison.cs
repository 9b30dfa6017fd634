namespace Posthorn.IntegrationTests.Imap;

/// <summary>What of two answers must be alike.</summary>
internal enum AnswerComparison
{
    /// <summary>Everything that <see cref="ComparedAnswer"/> keeps.</summary>
    All,

    /// <summary>Whether it is OK, NO or BAD: the data differ for a reason that stands in the script.</summary>
    Kind,

    /// <summary>Nothing: the answers differ on purpose.</summary>
    None,
}
