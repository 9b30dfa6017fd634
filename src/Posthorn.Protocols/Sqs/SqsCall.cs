using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sqs;

/// <summary>A request as it was read, from either protocol: the action and its members. What was not given is null.</summary>
/// <remarks>Bodies and binary values may lie in the bytes the request was read from: those stay untouched as long as the call is used.</remarks>
public sealed class SqsCall(SqsAction action)
{
    /// <summary>What is asked for.</summary>
    public SqsAction Action { get; internal set; } = action;

    /// <summary>The queue, by its URL or its name.</summary>
    public string? QueueUrl { get; set; }

    /// <summary>A queue's name.</summary>
    public string? QueueName { get; set; }

    /// <summary>The account number of a queue's owner.</summary>
    public string? QueueOwner { get; set; }

    /// <summary>What names must begin with.</summary>
    public string? QueueNamePrefix { get; set; }

    /// <summary>Where a listing goes on.</summary>
    public string? NextToken { get; set; }

    /// <summary>Most results of a listing.</summary>
    public long? MaxResults { get; set; }

    /// <summary>A queue's attributes, in the order given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Attributes { get; set; }

    /// <summary>A queue's tags, in the order given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Tags { get; set; }

    /// <summary>Keys of tags.</summary>
    public IReadOnlyList<string>? TagKeys { get; set; }

    /// <summary>The name of a statement of a policy.</summary>
    public string? Label { get; set; }

    /// <summary>Account numbers that are permitted something.</summary>
    public IReadOnlyList<string>? AccountIds { get; set; }

    /// <summary>What they are permitted.</summary>
    public IReadOnlyList<string>? Actions { get; set; }

    /// <summary>Names of a queue's attributes, or of a message's system attributes.</summary>
    public IReadOnlyList<string>? AttributeNames { get; set; }

    /// <summary>Names of system attributes wanted with each message.</summary>
    public IReadOnlyList<string>? MessageSystemAttributeNames { get; set; }

    /// <summary>Names, or beginnings of names, of attributes wanted with each message.</summary>
    public IReadOnlyList<string>? MessageAttributeNames { get; set; }

    /// <summary>Most messages of a receive.</summary>
    public long? MaxNumberOfMessages { get; set; }

    /// <summary>How long a receive waits.</summary>
    public long? WaitTimeSeconds { get; set; }

    /// <summary>Names a receive, so that it can be repeated.</summary>
    public string? ReceiveRequestAttemptId { get; set; }

    /// <summary>Where dead letters are.</summary>
    public string? SourceArn { get; set; }

    /// <summary>Where they go.</summary>
    public string? DestinationArn { get; set; }

    /// <summary>How fast.</summary>
    public long? MaxNumberOfMessagesPerSecond { get; set; }

    /// <summary>Names a move task.</summary>
    public string? TaskHandle { get; set; }

    /// <summary>The entries of a batch, in the order of their indices; null when none were given at all.</summary>
    public IReadOnlyList<SqsEntry>? Entries { get; set; }

    /// <summary>The members that an action on one message has itself, where a batch has entries.</summary>
    public SqsEntry Entry { get; } = new();

    /// <summary>Sets a text. One that belongs to a message is the entry's.</summary>
    public void Set(SqsMember member, string value)
    {
        switch (member)
        {
            case SqsMember.QueueUrl: QueueUrl = value; break;
            case SqsMember.QueueName: QueueName = value; break;
            case SqsMember.QueueOwnerAWSAccountId: QueueOwner = value; break;
            case SqsMember.QueueNamePrefix: QueueNamePrefix = value; break;
            case SqsMember.NextToken: NextToken = value; break;
            case SqsMember.Label: Label = value; break;
            case SqsMember.ReceiveRequestAttemptId: ReceiveRequestAttemptId = value; break;
            case SqsMember.SourceArn: SourceArn = value; break;
            case SqsMember.DestinationArn: DestinationArn = value; break;
            case SqsMember.TaskHandle: TaskHandle = value; break;
            default: Entry.Set(member, value); break;
        }
    }

    /// <summary>Sets a number. One that belongs to a message is the entry's.</summary>
    public void Set(SqsMember member, long value)
    {
        switch (member)
        {
            case SqsMember.MaxResults: MaxResults = value; break;
            case SqsMember.MaxNumberOfMessages: MaxNumberOfMessages = value; break;
            case SqsMember.WaitTimeSeconds: WaitTimeSeconds = value; break;
            case SqsMember.MaxNumberOfMessagesPerSecond: MaxNumberOfMessagesPerSecond = value; break;
            default: Entry.Set(member, value); break;
        }
    }

    /// <summary>Sets a list of texts.</summary>
    public void Set(SqsMember member, IReadOnlyList<string> values)
    {
        switch (member)
        {
            case SqsMember.TagKeys: TagKeys = values; break;
            case SqsMember.AWSAccountIds: AccountIds = values; break;
            case SqsMember.Actions: Actions = values; break;
            case SqsMember.AttributeNames: AttributeNames = values; break;
            case SqsMember.MessageSystemAttributeNames: MessageSystemAttributeNames = values; break;
            case SqsMember.MessageAttributeNames: MessageAttributeNames = values; break;
        }
    }

    /// <summary>Sets texts by name.</summary>
    public void Set(SqsMember member, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        if (member == SqsMember.Tags)
            Tags = values;
        else
            Attributes = values;
    }

    /// <summary>Refuses a call that lacks what its action needs.</summary>
    /// <exception cref="AwsException">A member is missing.</exception>
    public void CheckRequired()
    {
        foreach (var member in SqsActions.Required(Action))
            if (!IsGiven(member))
                throw SqsErrors.Missing(member.ToString());
    }

    private bool IsGiven(SqsMember member) => member switch
    {
        SqsMember.QueueUrl => QueueUrl is { Length: > 0 },
        SqsMember.QueueName => QueueName is not null,
        SqsMember.Attributes => Attributes is { Count: > 0 },
        SqsMember.Tags => Tags is { Count: > 0 },
        SqsMember.TagKeys => TagKeys is not null,
        SqsMember.Label => Label is { Length: > 0 },
        SqsMember.AWSAccountIds => AccountIds is { Count: > 0 },
        SqsMember.Actions => Actions is { Count: > 0 },
        SqsMember.ReceiptHandle => Entry.ReceiptHandle is { Length: > 0 },
        SqsMember.VisibilityTimeout => Entry.VisibilityTimeout is not null,
        SqsMember.SourceArn => SourceArn is { Length: > 0 },
        SqsMember.TaskHandle => TaskHandle is { Length: > 0 },
        _ => true,
    };
}
