namespace Posthorn.Protocols.Sqs;

/// <summary>Every refusal, in one place.</summary>
public static class SqsErrors
{
    private const string Service = "AWS.SimpleQueueService.";
    private const string Coral = "com.amazon.coral.service";

    /// <summary>There is no such queue.</summary>
    public static SqsError QueueDoesNotExist { get; } = new("QueueDoesNotExist", Service + "NonExistentQueue", 400);

    /// <summary>There is such a queue, with other attributes.</summary>
    public static SqsError QueueNameExists { get; } = new("QueueNameExists", "QueueAlreadyExists", 400);

    /// <summary>The handle is none, or of another queue.</summary>
    public static SqsError ReceiptHandleIsInvalid { get; } = new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400);

    /// <summary>A batch without entries.</summary>
    public static SqsError EmptyBatchRequest { get; } = new("EmptyBatchRequest", Service + "EmptyBatchRequest", 400);

    /// <summary>A batch of more than ten.</summary>
    public static SqsError TooManyEntriesInBatchRequest { get; } = new("TooManyEntriesInBatchRequest", Service + "TooManyEntriesInBatchRequest", 400);

    /// <summary>Two entries of one name.</summary>
    public static SqsError BatchEntryIdsNotDistinct { get; } = new("BatchEntryIdsNotDistinct", Service + "BatchEntryIdsNotDistinct", 400);

    /// <summary>An entry's name is none.</summary>
    public static SqsError InvalidBatchEntryId { get; } = new("InvalidBatchEntryId", Service + "InvalidBatchEntryId", 400);

    /// <summary>The messages of a batch are too large together.</summary>
    public static SqsError BatchRequestTooLong { get; } = new("BatchRequestTooLong", Service + "BatchRequestTooLong", 400);

    /// <summary>More than is allowed.</summary>
    public static SqsError OverLimit { get; } = new("OverLimit", "OverLimit", 403);

    /// <summary>A value is wrong.</summary>
    public static SqsError InvalidParameterValue { get; } = new("InvalidParameterValueException", "InvalidParameterValue", 400) { Namespace = Coral };

    /// <summary>Something must be given.</summary>
    public static SqsError MissingParameter { get; } = new("MissingRequiredParameterException", "MissingParameter", 400) { Namespace = Coral };

    /// <summary>There is no such attribute.</summary>
    public static SqsError InvalidAttributeName { get; } = new("InvalidAttributeName", "InvalidAttributeName", 400);

    /// <summary>An attribute cannot have this value.</summary>
    public static SqsError InvalidAttributeValue { get; } = new("InvalidAttributeValue", "InvalidAttributeValue", 400);

    /// <summary>A body has characters that XML cannot carry.</summary>
    public static SqsError InvalidMessageContents { get; } = new("InvalidMessageContents", "InvalidMessageContents", 400);

    /// <summary>What an ARN or a handle names does not exist.</summary>
    public static SqsError ResourceNotFound { get; } = new("ResourceNotFoundException", "ResourceNotFoundException", 404);

    /// <summary>There is no such action.</summary>
    public static SqsError InvalidAction { get; } = new("InvalidAction", "InvalidAction", 400) { Namespace = Coral };

    /// <summary>The JSON is none, or a member has another type.</summary>
    public static SqsError Serialization { get; } = new("SerializationException", "MalformedInput", 400) { Namespace = Coral };

    /// <summary>The form is none.</summary>
    public static SqsError MalformedQueryString { get; } = new("MalformedQueryString", "MalformedQueryString", 400) { Namespace = Coral };

    /// <summary>The request is larger than any that could be right.</summary>
    public static SqsError RequestTooLarge { get; } = new("RequestEntityTooLarge", "RequestEntityTooLarge", 413) { Namespace = Coral };

    /// <summary>The caller may not do that.</summary>
    public static SqsError AccessDenied { get; } = new("AccessDeniedException", "AccessDenied", 403) { Namespace = Coral };

    /// <summary>The access key is nobody's.</summary>
    public static SqsError InvalidClientTokenId { get; } = new("InvalidClientTokenId", "InvalidClientTokenId", 403) { Namespace = Coral };

    /// <summary>The signature does not fit, or is too old.</summary>
    public static SqsError SignatureDoesNotMatch { get; } = new("SignatureDoesNotMatch", "SignatureDoesNotMatch", 403) { Namespace = Coral };

    /// <summary>The request is not signed.</summary>
    public static SqsError MissingAuthenticationToken { get; } = new("MissingAuthenticationToken", "MissingAuthenticationToken", 403) { Namespace = Coral };

    /// <summary>The signature lacks a part.</summary>
    public static SqsError IncompleteSignature { get; } = new("IncompleteSignature", "IncompleteSignature", 400) { Namespace = Coral };

    /// <summary>Not now, and the server is the reason: full, or overloaded. Clients try again.</summary>
    public static SqsError ServiceUnavailable { get; } = new("ServiceUnavailable", "ServiceUnavailable", 503) { Namespace = Coral };

    /// <summary>The server could not, and its log says why.</summary>
    public static SqsError InternalFailure { get; } = new("InternalFailure", "InternalFailure", 500) { Namespace = Coral };

    /// <summary>The text of a missing queue differs by protocol.</summary>
    public static SqsException NoQueue() => new(QueueDoesNotExist, "The specified queue does not exist.")
    {
        QueryMessage = "The specified queue does not exist for this wsdl version.",
    };

    /// <summary>A member must be given.</summary>
    public static SqsException Missing(string member) => new(MissingParameter, $"The request must contain the parameter {member}.");

    /// <summary>A member's value is wrong.</summary>
    public static SqsException Invalid(string member, object? value, string reason) =>
        new(InvalidParameterValue, $"Value {value} for parameter {member} is invalid. Reason: {reason}");

    /// <summary>Something given is wrong.</summary>
    public static SqsException Invalid(string message) => new(InvalidParameterValue, message);

    /// <summary>There is no such attribute.</summary>
    public static SqsException UnknownAttribute(string name) => new(InvalidAttributeName, $"Unknown Attribute {name}.");

    /// <summary>An attribute's value is out of its range.</summary>
    public static SqsException BadAttribute(string name, string? reason = null) =>
        new(InvalidAttributeValue, $"Invalid value for the parameter {name}." + (reason is null ? "" : $" Reason: {reason}"));

    /// <summary>There is no such action.</summary>
    public static SqsException NoAction(string name) => new(InvalidAction, $"The action {name} is not valid for this endpoint.");

    /// <summary>The handle is none.</summary>
    public static SqsException BadHandle(string handle) =>
        new(ReceiptHandleIsInvalid, $"The input receipt handle \"{handle}\" is not a valid receipt handle.");
}
