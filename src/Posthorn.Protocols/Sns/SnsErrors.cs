using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sns;

/// <summary>Every refusal of this service alone, in one place; those of any service are in <see cref="AwsErrors"/>.</summary>
public static class SnsErrors
{
    /// <summary>A parameter is missing or wrong.</summary>
    public static AwsError InvalidParameter { get; } = Of("InvalidParameter", 400);

    /// <summary>An attribute of a message is wrong.</summary>
    public static AwsError ParameterValueInvalid { get; } = Of("ParameterValueInvalid", 400);

    /// <summary>Something must be given.</summary>
    public static AwsError ValidationError { get; } = Of("ValidationError", 400);

    /// <summary>There is no such topic or subscription.</summary>
    public static AwsError NotFound { get; } = Of("NotFound", 404);

    /// <summary>There is no such topic to be tagged.</summary>
    public static AwsError ResourceNotFound { get; } = Of("ResourceNotFound", 404);

    /// <summary>The caller may not do that.</summary>
    public static AwsError AuthorizationError { get; } = Of("AuthorizationError", 403);

    /// <summary>A batch without entries.</summary>
    public static AwsError EmptyBatchRequest { get; } = Of("EmptyBatchRequest", 400);

    /// <summary>A batch of more than ten.</summary>
    public static AwsError TooManyEntriesInBatchRequest { get; } = Of("TooManyEntriesInBatchRequest", 400);

    /// <summary>Two entries of one name.</summary>
    public static AwsError BatchEntryIdsNotDistinct { get; } = Of("BatchEntryIdsNotDistinct", 400);

    /// <summary>An entry's name is none.</summary>
    public static AwsError InvalidBatchEntryId { get; } = Of("InvalidBatchEntryId", 400);

    /// <summary>The messages of a batch are too large together.</summary>
    public static AwsError BatchRequestTooLong { get; } = Of("BatchRequestTooLong", 400);

    /// <summary>A topic has as many filter policies as it may.</summary>
    public static AwsError FilterPolicyLimitExceeded { get; } = Of("FilterPolicyLimitExceeded", 403);

    /// <summary>A topic has as many tags as it may.</summary>
    public static AwsError TagLimitExceeded { get; } = Of("TagLimitExceeded", 400);

    /// <summary>A parameter is wrong.</summary>
    /// <param name="what">The parameter, perhaps with a reason.</param>
    public static AwsException Invalid(string what) => new(InvalidParameter, $"Invalid parameter: {what}");

    /// <summary>An attribute of a message is wrong.</summary>
    public static AwsException BadAttribute(string message) => new(ParameterValueInvalid, message);

    /// <summary>A parameter must be given.</summary>
    public static AwsException Missing(string member) =>
        new(ValidationError, $"1 validation error detected: Value null at '{char.ToLowerInvariant(member[0])}{member[1..]}' failed to satisfy constraint: Member must not be null");

    /// <summary>There is no such topic.</summary>
    public static AwsException NoTopic() => new(NotFound, "Topic does not exist");

    /// <summary>There is no such subscription.</summary>
    public static AwsException NoSubscription() => new(NotFound, "Subscription does not exist");

    private static AwsError Of(string code, int status) => new(code, code, status) { Namespace = "com.amazonaws.sns" };
}
