using Posthorn.Queues;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>
/// Mail for a pattern (<c>mq@example.test</c>, <c>*@orders.example.test</c>, <c>mq@*</c>) goes to a queue, or, as an alias, to other addresses.
/// </summary>
public sealed record AddressRule
{
    public required string Pattern { get; init; }

    /// <summary>The queue; null when it is an alias.</summary>
    public QueueName? Queue { get; init; }

    /// <summary>The addresses of an alias; null when it is a queue.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }
}
