namespace Posthorn.Protocols.Dns;

/// <summary>What a name server says of a question (RFC 1035 4.1.1).</summary>
public enum DnsResponseCode
{
    /// <summary>Answered, perhaps with nothing.</summary>
    NoError = 0,
    /// <summary>It could not read the question.</summary>
    FormatError = 1,
    /// <summary>It failed; another, or later, may succeed.</summary>
    ServerFailure = 2,
    /// <summary>The name does not exist.</summary>
    NameError = 3,
    /// <summary>It can't do that.</summary>
    NotImplemented = 4,
    /// <summary>It does not want to.</summary>
    Refused = 5,
}
