namespace Posthorn.Protocols.Sqs;

/// <summary>
/// The members that requests are made of, by their names in JSON (where <c>tags</c> of CreateQueue is lower-case). From <see cref="Id"/> on they belong to a
/// message: to the request itself, or to each entry of a batch.
/// </summary>
public enum SqsMember
{
    /// <summary>None that is known; such members are ignored.</summary>
    None,
    /// <summary>Text.</summary>
    QueueUrl,
    /// <summary>Text.</summary>
    QueueName,
    /// <summary>Text.</summary>
    QueueOwnerAWSAccountId,
    /// <summary>Text.</summary>
    QueueNamePrefix,
    /// <summary>Text.</summary>
    NextToken,
    /// <summary>Number.</summary>
    MaxResults,
    /// <summary>Names and texts.</summary>
    Attributes,
    /// <summary>Names and texts.</summary>
    Tags,
    /// <summary>Texts.</summary>
    TagKeys,
    /// <summary>Text.</summary>
    Label,
    /// <summary>Texts.</summary>
    AWSAccountIds,
    /// <summary>Texts.</summary>
    Actions,
    /// <summary>Texts.</summary>
    AttributeNames,
    /// <summary>Texts.</summary>
    MessageSystemAttributeNames,
    /// <summary>Texts.</summary>
    MessageAttributeNames,
    /// <summary>Number.</summary>
    MaxNumberOfMessages,
    /// <summary>Number.</summary>
    WaitTimeSeconds,
    /// <summary>Text.</summary>
    ReceiveRequestAttemptId,
    /// <summary>Text.</summary>
    SourceArn,
    /// <summary>Text.</summary>
    DestinationArn,
    /// <summary>Number.</summary>
    MaxNumberOfMessagesPerSecond,
    /// <summary>Text.</summary>
    TaskHandle,
    /// <summary>The entries of a batch.</summary>
    Entries,
    /// <summary>Text, of an entry.</summary>
    Id,
    /// <summary>Text, of an entry or of the request.</summary>
    MessageBody,
    /// <summary>Number, of an entry or of the request.</summary>
    DelaySeconds,
    /// <summary>Attributes, of an entry or of the request.</summary>
    MessageAttributes,
    /// <summary>Attributes, of an entry or of the request.</summary>
    MessageSystemAttributes,
    /// <summary>Text, of an entry or of the request.</summary>
    MessageGroupId,
    /// <summary>Text, of an entry or of the request.</summary>
    MessageDeduplicationId,
    /// <summary>Text, of an entry or of the request.</summary>
    ReceiptHandle,
    /// <summary>Number, of an entry or of the request.</summary>
    VisibilityTimeout,
}
