namespace Posthorn.Protocols.Aws;

/// <summary>Ends a request, or an entry of a batch, with a refusal.</summary>
/// <param name="error">Its kind.</param>
/// <param name="message">What clients show.</param>
public sealed class AwsException(AwsError error, string message) : Exception(message)
{
    /// <summary>Its kind.</summary>
    public AwsError Error { get; } = error;

    /// <summary>The text in the Query protocol, where it is another one; null where not.</summary>
    public string? QueryMessage { get; init; }
}
