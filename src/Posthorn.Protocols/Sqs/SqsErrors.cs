using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs;

/// <summary>Every refusal of this service alone, in one place; those of any service are in <see cref="AwsErrors"/>.</summary>
public static class SqsErrors
{
    private const string Service = "AWS.SimpleQueueService.";

    /// <summary>There is no such queue.</summary>
    public static AwsError QueueDoesNotExist { get; } = new("QueueDoesNotExist", Service + "NonExistentQueue", 400);

    /// <summary>There is such a queue, with other attributes.</summary>
    public static AwsError QueueNameExists { get; } = new("QueueNameExists", "QueueAlreadyExists", 400);

    /// <summary>The handle is none, or of another queue.</summary>
    public static AwsError ReceiptHandleIsInvalid { get; } = new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400);

    /// <summary>A batch without entries.</summary>
    public static AwsError EmptyBatchRequest { get; } = new("EmptyBatchRequest", Service + "EmptyBatchRequest", 400);

    /// <summary>A batch of more than ten.</summary>
    public static AwsError TooManyEntriesInBatchRequest { get; } = new("TooManyEntriesInBatchRequest", Service + "TooManyEntriesInBatchRequest", 400);

    /// <summary>Two entries of one name.</summary>
    public static AwsError BatchEntryIdsNotDistinct { get; } = new("BatchEntryIdsNotDistinct", Service + "BatchEntryIdsNotDistinct", 400);

    /// <summary>An entry's name is none.</summary>
    public static AwsError InvalidBatchEntryId { get; } = new("InvalidBatchEntryId", Service + "InvalidBatchEntryId", 400);

    /// <summary>The messages of a batch are too large together.</summary>
    public static AwsError BatchRequestTooLong { get; } = new("BatchRequestTooLong", Service + "BatchRequestTooLong", 400);

    /// <summary>More than is allowed.</summary>
    public static AwsError OverLimit { get; } = new("OverLimit", "OverLimit", 403);

    /// <summary>A value is wrong.</summary>
    public static AwsError InvalidParameterValue { get; } = new("InvalidParameterValueException", "InvalidParameterValue", 400) { Namespace = AwsErrors.Coral };

    /// <summary>Something must be given.</summary>
    public static AwsError MissingParameter { get; } = new("MissingRequiredParameterException", "MissingParameter", 400) { Namespace = AwsErrors.Coral };

    /// <summary>There is no such attribute.</summary>
    public static AwsError InvalidAttributeName { get; } = new("InvalidAttributeName", "InvalidAttributeName", 400);

    /// <summary>An attribute cannot have this value.</summary>
    public static AwsError InvalidAttributeValue { get; } = new("InvalidAttributeValue", "InvalidAttributeValue", 400);

    /// <summary>A body has characters that XML cannot carry.</summary>
    public static AwsError InvalidMessageContents { get; } = new("InvalidMessageContents", "InvalidMessageContents", 400);

    /// <summary>What an ARN or a handle names does not exist.</summary>
    public static AwsError ResourceNotFound { get; } = new("ResourceNotFoundException", "ResourceNotFoundException", 404);

    /// <summary>The JSON is none, or a member has another type.</summary>
    public static AwsError Serialization { get; } = new("SerializationException", "MalformedInput", 400) { Namespace = AwsErrors.Coral };

    /// <summary>The text of a missing queue differs by protocol.</summary>
    public static AwsException NoQueue() => new(QueueDoesNotExist, "The specified queue does not exist.")
    {
        QueryMessage = "The specified queue does not exist for this wsdl version.",
    };

    /// <summary>A member must be given.</summary>
    public static AwsException Missing(string member) => new(MissingParameter, $"The request must contain the parameter {member}.");

    /// <summary>A member's value is wrong.</summary>
    public static AwsException Invalid(string member, object? value, string reason) =>
        new(InvalidParameterValue, $"Value {value} for parameter {member} is invalid. Reason: {reason}");

    /// <summary>Something given is wrong.</summary>
    public static AwsException Invalid(string message) => new(InvalidParameterValue, message);

    /// <summary>There is no such attribute.</summary>
    public static AwsException UnknownAttribute(string name) => new(InvalidAttributeName, $"Unknown Attribute {name}.");

    /// <summary>An attribute's value is out of its range.</summary>
    public static AwsException BadAttribute(string name, string? reason = null) =>
        new(InvalidAttributeValue, $"Invalid value for the parameter {name}." + (reason is null ? "" : $" Reason: {reason}"));

    /// <summary>The handle is none.</summary>
    public static AwsException BadHandle(string handle) =>
        new(ReceiptHandleIsInvalid, $"The input receipt handle \"{handle}\" is not a valid receipt handle.");
}
