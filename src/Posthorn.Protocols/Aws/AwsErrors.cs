namespace Posthorn.Protocols.Aws;

/// <summary>The refusals that any of Amazon's services gives; a service's own stand in its own catalogue.</summary>
public static class AwsErrors
{
    /// <summary>The namespace of their types in JSON.</summary>
    public const string Coral = "com.amazon.coral.service";

    /// <summary>There is no such action.</summary>
    public static AwsError InvalidAction { get; } = new("InvalidAction", "InvalidAction", 400) { Namespace = Coral };

    /// <summary>The form is none.</summary>
    public static AwsError MalformedQueryString { get; } = new("MalformedQueryString", "MalformedQueryString", 400) { Namespace = Coral };

    /// <summary>The request is larger than any that could be right.</summary>
    public static AwsError RequestTooLarge { get; } = new("RequestEntityTooLarge", "RequestEntityTooLarge", 413) { Namespace = Coral };

    /// <summary>The caller may not do that.</summary>
    public static AwsError AccessDenied { get; } = new("AccessDeniedException", "AccessDenied", 403) { Namespace = Coral };

    /// <summary>The access key is nobody's.</summary>
    public static AwsError InvalidClientTokenId { get; } = new("InvalidClientTokenId", "InvalidClientTokenId", 403) { Namespace = Coral };

    /// <summary>The signature does not fit, or is too old.</summary>
    public static AwsError SignatureDoesNotMatch { get; } = new("SignatureDoesNotMatch", "SignatureDoesNotMatch", 403) { Namespace = Coral };

    /// <summary>The request is not signed.</summary>
    public static AwsError MissingAuthenticationToken { get; } = new("MissingAuthenticationToken", "MissingAuthenticationToken", 403) { Namespace = Coral };

    /// <summary>The signature lacks a part.</summary>
    public static AwsError IncompleteSignature { get; } = new("IncompleteSignature", "IncompleteSignature", 400) { Namespace = Coral };

    /// <summary>Not now, and the server is the reason: full, or overloaded. Clients try again.</summary>
    public static AwsError ServiceUnavailable { get; } = new("ServiceUnavailable", "ServiceUnavailable", 503) { Namespace = Coral };

    /// <summary>The server could not, and its log says why.</summary>
    public static AwsError InternalFailure { get; } = new("InternalFailure", "InternalFailure", 500) { Namespace = Coral };

    /// <summary>There is no such action.</summary>
    public static AwsException NoAction(string name) => new(InvalidAction, $"The action {name} is not valid for this endpoint.");
}
