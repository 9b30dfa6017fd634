namespace Posthorn.Messages;

/// <summary>Attributes that engines themselves set.</summary>
public static class MessageAttributes
{
    /// <summary>The queue a dead letter came from, where redrive puts it back.</summary>
    public const string DeadLetterSource = "dead-letter-source";
}
