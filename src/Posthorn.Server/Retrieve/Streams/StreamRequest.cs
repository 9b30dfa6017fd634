using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What a client asked a stream for.</summary>
/// <param name="Queue">The queue whose messages it gets.</param>
/// <param name="Caller">Who it is.</param>
internal sealed record StreamRequest(QueueName Queue, Account Caller)
{
    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }

    /// <summary>How long each lease lasts, and how long each renewal.</summary>
    public required TimeSpan Visibility { get; init; }

    /// <summary>For how long a lease is renewed in all; zero is not at all.</summary>
    public required TimeSpan RenewFor { get; init; }

    /// <summary>How many messages are kept in flight: a credit comes back when its message is settled. Null: the client grants each credit.</summary>
    public int? Prefetch { get; init; }

    /// <summary>Whether a message is acked by having been written, so that the client gets it at most once.</summary>
    public bool AcksItself { get; init; }
}
