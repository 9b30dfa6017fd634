namespace Posthorn.Protocols.Aws;

/// <summary>A kind of refusal, with its names in both protocols.</summary>
/// <param name="Type">The JSON protocol's name, from which clients make an exception's class.</param>
/// <param name="Code">The Query protocol's code, which JSON clients are told too (<c>x-amzn-query-error</c>).</param>
/// <param name="Status">The Query protocol's HTTP status.</param>
public sealed record AwsError(string Type, string Code, int Status)
{
    /// <summary>Whether the caller is to blame; a client tries again what is the server's fault.</summary>
    public bool IsSender => Status < 500;

    /// <summary>The namespace of the type: errors that any service can give have another one than the queue's own.</summary>
    public string Namespace { get; init; } = "com.amazonaws.sqs";

    /// <summary>
    /// The HTTP status of a JSON answer. Every refusal is 400 there, but for clients that say (<c>x-amzn-query-mode</c>) that they know the Query
    /// protocol's.
    /// </summary>
    public int JsonStatus(bool isQueryMode) => isQueryMode || Status is < 400 or >= 500 or 413 ? Status : 400;
}
