using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;

namespace Posthorn.PostgreSql.Committing;

/// <summary>A caller's commit on its way.</summary>
/// <param name="commit">The commit.</param>
/// <param name="uploaded">Its large bodies, which were in memory and are in the database now.</param>
/// <param name="started">When the caller came, as a timestamp of the clock that nobody sets.</param>
/// <param name="cancellation">The caller's; honoured until it is decided.</param>
internal sealed class CommitWork(Commit commit, IReadOnlyDictionary<Body, PostgresBody> uploaded, long started, CancellationToken cancellation) : Work
{
    private readonly TaskCompletionSource<CommitResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Commit Commit { get; } = commit;

    public IReadOnlyDictionary<Body, PostgresBody> Uploaded { get; } = uploaded;

    public long Started { get; } = started;

    public CancellationToken Cancellation { get; } = cancellation;

    public Task<CommitResult> Result => _result.Task;

    /// <summary>The queue in whose line it waits for room; null when it does not. Guarded by the lines' lock.</summary>
    public string? Line { get; set; }

    /// <summary>Whether it is with the writer. Guarded by the lines' lock.</summary>
    public bool IsUnderWay { get; set; } = true;

    /// <summary>What ends its wait for room by time. Guarded by the lines' lock.</summary>
    public ITimer? RoomTimer { get; set; }

    public override int Operations => Math.Max(1, Commit.Operations.Count);

    public override IEnumerable<ulong> Messages
    {
        get
        {
            foreach (var operation in Commit.Operations)
            {
                if (MessageOf(operation) is { Value: > 0 and <= long.MaxValue } id)
                    yield return id.Value;
            }
        }
    }

    /// <summary>Messages of which envelope, attributes and prefix are needed.</summary>
    public IEnumerable<ulong> WholeMessages
    {
        get
        {
            foreach (var operation in Commit.Operations)
            {
                if (operation is CommitOperation.Change or CommitOperation.Replay && MessageOf(operation) is { Value: > 0 and <= long.MaxValue } id)
                    yield return id.Value;
            }
        }
    }

    public void Complete(CommitResult result) => _result.TrySetResult(result);

    public override void Fail(Exception failure)
    {
        if (failure is OperationCanceledException cancelled)
            _result.TrySetCanceled(cancelled.CancellationToken);
        else
            _result.TrySetException(failure);
    }

    private static MessageId? MessageOf(CommitOperation operation) => operation switch
    {
        CommitOperation.Add { Message.Arrival: { } arrival } => arrival.Id,
        CommitOperation.Remove remove => remove.Message.Id,
        CommitOperation.Change change => change.Message.Id,
        CommitOperation.Replay replay => replay.Message,
        _ => null,
    };
}
