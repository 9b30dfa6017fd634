namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>What is to be posted to an endpoint.</summary>
/// <param name="Url">Where to. User and password in it become an Authorization header.</param>
/// <param name="Body">The bytes; it knows its length and can seek, because a connection that was closed meanwhile is tried again. Stays the caller's.</param>
/// <param name="ContentType">Their media type.</param>
internal sealed record EndpointPost(Uri Url, Stream Body, string ContentType)
{
    /// <summary>Header fields; what cannot be sent is left out.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public string UserAgent { get; init; } = "Posthorn";

    /// <summary>
    /// How long the endpoint may let wait: for the connection, for taking each piece of the body, and for the whole answer once the body is sent.
    /// So a large body on a slow line is no fault. 15 s is Amazon SNS's.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reads the body of a 2xx answer; what it throws (<see cref="IOException"/>) makes the post a failure. Null: the body does not matter.</summary>
    public Func<Stream, CancellationToken, ValueTask>? ReadAnswer { get; init; }
}
