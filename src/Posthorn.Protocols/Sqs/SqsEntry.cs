using System.Text;

namespace Posthorn.Protocols.Sqs;

/// <summary>What a request says of one message: an entry of a batch, or the request itself. What was not given is null.</summary>
public sealed class SqsEntry
{
    /// <summary>The entry's name within its batch.</summary>
    public string? Id { get; set; }

    /// <summary>The body's UTF-8 as it came, valid or not.</summary>
    public ReadOnlyMemory<byte>? Body { get; set; }

    /// <summary>How long the message is hidden.</summary>
    public long? DelaySeconds { get; set; }

    /// <summary>Its attributes, in the order given.</summary>
    public IReadOnlyList<SqsAttribute> Attributes { get; set; } = [];

    /// <summary>Its system attributes, in the order given.</summary>
    public IReadOnlyList<SqsAttribute> SystemAttributes { get; set; } = [];

    /// <summary>Its group.</summary>
    public string? GroupId { get; set; }

    /// <summary>Its deduplication id.</summary>
    public string? DeduplicationId { get; set; }

    /// <summary>The proof of a receive.</summary>
    public string? ReceiptHandle { get; set; }

    /// <summary>How long it stays hidden.</summary>
    public long? VisibilityTimeout { get; set; }

    /// <summary>Sets a text.</summary>
    public void Set(SqsMember member, string value)
    {
        switch (member)
        {
            case SqsMember.Id: Id = value; break;
            case SqsMember.MessageBody: Body = Encoding.UTF8.GetBytes(value); break;
            case SqsMember.MessageGroupId: GroupId = value; break;
            case SqsMember.MessageDeduplicationId: DeduplicationId = value; break;
            case SqsMember.ReceiptHandle: ReceiptHandle = value; break;
        }
    }

    /// <summary>Sets a number.</summary>
    public void Set(SqsMember member, long value)
    {
        switch (member)
        {
            case SqsMember.DelaySeconds: DelaySeconds = value; break;
            case SqsMember.VisibilityTimeout: VisibilityTimeout = value; break;
        }
    }

    /// <summary>Sets attributes.</summary>
    public void Set(SqsMember member, IReadOnlyList<SqsAttribute> values)
    {
        if (member == SqsMember.MessageSystemAttributes)
            SystemAttributes = values;
        else
            Attributes = values;
    }
}
