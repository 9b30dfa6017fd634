using Posthorn.Leases;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>Somebody who asked a queue for messages. Guarded by the engine's lock.</summary>
internal sealed class LeaseWaiter(LeaseRequest request)
{
    private readonly TaskCompletionSource<IReadOnlyList<LeasedMessage>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LeaseRequest Request { get; } = request;

    public Task<IReadOnlyList<LeasedMessage>> Answer => _answer.Task;

    /// <summary>Whether the database is being asked for him: then its answer decides.</summary>
    public bool IsInRound { get; set; }

    /// <summary>Whether he goes when the answer is that there is nothing: he does not wait, or not any more.</summary>
    public bool IsLeaving { get; set; } = request.Wait == TimeSpan.Zero;

    /// <summary>Whose token was cancelled.</summary>
    public CancellationToken? Cancelled { get; set; }

    /// <summary>Whether the queue was there: should it go, he goes too.</summary>
    public bool SawQueue { get; set; }

    public void Give(IReadOnlyList<LeasedMessage> messages)
    {
        if (messages.Count == 0 && Cancelled is { } token)
            _answer.TrySetCanceled(token);
        else
            _answer.TrySetResult(messages);
    }

    public void Fail(Exception fault) => _answer.TrySetException(fault);
}
