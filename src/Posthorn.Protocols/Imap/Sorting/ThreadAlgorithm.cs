namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>How THREAD puts messages together (RFC 5256 3).</summary>
public enum ThreadAlgorithm
{
    /// <summary>ORDEREDSUBJECT: by base subject, in the order sent.</summary>
    OrderedSubject,
    /// <summary>REFERENCES: by what answers what.</summary>
    References,
}
