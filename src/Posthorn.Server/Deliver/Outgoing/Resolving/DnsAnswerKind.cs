namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>How a question to the DNS ended.</summary>
public enum DnsAnswerKind
{
    /// <summary>With records.</summary>
    Found,
    /// <summary>The name exists, but has no records of that type.</summary>
    NoData,
    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NoSuchName,
    /// <summary>Without an answer: time-outs, SERVFAIL, garbage. Another time it may succeed.</summary>
    Failed,
}
