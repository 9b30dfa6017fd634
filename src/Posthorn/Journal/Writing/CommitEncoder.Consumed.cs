using Posthorn.Commits;
using Posthorn.Journal.Format;

namespace Posthorn.Journal.Writing;

/// <summary>Messages that are kept when they end, and put back.</summary>
internal sealed partial class CommitEncoder
{
    /// <summary>The end of a message that its queue keeps: the message whole, consumed.</summary>
    private async ValueTask EncodeConsumptionAsync(PendingCommit pending, CommitOperation.Remove remove, int index, CancellationToken cancellationToken)
    {
        var read = await engine.ReadForChangeAsync(remove.Message, cancellationToken);
        var step = new CommitStep(OperationKind.Put, index)
        {
            Message = remove.Message.Id.Value,
            Lease = remove.Message.Lease,
            UnchangedSince = remove.Message.UnchangedSince ?? long.MaxValue,
            ReadFrom = read?.ReadFrom ?? default,
            KeepsReceiveCount = true,
            Consumes = true,
        };
        if (read is null)
        {
            pending.Steps.Add(step); // gone: the check says so
            return;
        }
        var record = read.Record;
        (record.IsConsumed, record.IsHeld, record.LeaseGoesOn, record.IsDue, record.DueAt) = (true, false, false, false, engine.NowTicks);
        step.Length = record.Prefix.Length + record.BodyLength - record.Skip;
        Write(pending, step, OperationKind.Put, record);
    }

    private async ValueTask EncodeReplayAsync(PendingCommit pending, CommitOperation.Replay replay, int index, CancellationToken cancellationToken)
    {
        if (replay.To is { } to)
            CommitLimits.Check(to);
        var read = await engine.ReadForChangeAsync(replay.Message, cancellationToken);
        var queue = replay.To ?? read?.Queue ?? default;
        if (read is not null)
            MakeWhenNeeded(pending, queue, index);
        var step = new CommitStep(OperationKind.Put, index)
        {
            Message = replay.Message.Value,
            ReadFrom = read?.ReadFrom ?? default,
            Queue = queue,
            Moves = read is not null,
            Replays = true,
        };
        if (read is null)
        {
            pending.Steps.Add(step); // gone: the check says so
            return;
        }
        var record = read.Record;
        var now = engine.NowTicks;
        (record.IsConsumed, record.ReceiveCount, record.DueAt, record.IsDue, record.AcceptedAt) = (false, 0, now, true, now);
        record.Group = GroupOf(step, record.Group, record.Attributes);
        step.Length = record.Prefix.Length + record.BodyLength - record.Skip;
        Write(pending, step, OperationKind.Put, record);
    }
}
