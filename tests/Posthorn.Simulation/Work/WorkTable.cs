using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Work;

/// <summary>The table of what clients do. A new ability of the engine gets a kind, a row, and a method of <see cref="Workload"/>.</summary>
public static class WorkTable
{
    /// <summary>By kind, in the order of <see cref="StepKind"/>.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        new(StepKind.Send, 12, (w, s) => w.SendAsync(s)),
        new(StepKind.SendLarge, 3, (w, s) => w.SendLargeAsync(s)),
        new(StepKind.SendAndRemove, 2, (w, s) => w.SendAndRemoveAsync(s)),
        new(StepKind.SendWithKey, 3, (w, s) => w.SendWithKeyAsync(s)),
        new(StepKind.RepeatKey, 2, (w, s) => w.RepeatKeyAsync(s)),
        new(StepKind.Consume, 14, (w, s) => w.ConsumeAsync(s)),
        new(StepKind.ConsumeSlowly, 3, (w, s) => w.ConsumeSlowlyAsync(s)),
        new(StepKind.ConsumeAndProduce, 4, (w, s) => w.ConsumeAndProduceAsync(s)),
        new(StepKind.LeaseAndForget, 4, (w, s) => w.LeaseAndForgetAsync(s)),
        new(StepKind.ConsumeGroup, 3, (w, s) => w.ConsumeGroupAsync(s)),
        new(StepKind.Extend, 3, (w, s) => w.ExtendAsync(s)),
        new(StepKind.Move, 3, (w, s) => w.MoveAsync(s)),
        new(StepKind.Copy, 3, (w, s) => w.CopyAsync(s)),
        new(StepKind.Reprioritise, 2, (w, s) => w.ReprioritiseAsync(s)),
        new(StepKind.Reschedule, 2, (w, s) => w.RescheduleAsync(s)),
        new(StepKind.Hold, 2, (w, s) => w.HoldAsync(s)),
        new(StepKind.Annotate, 3, (w, s) => w.AnnotateAsync(s)),
        new(StepKind.Readdress, 1, (w, s) => w.ReaddressAsync(s)),
        new(StepKind.ReplaceContent, 2, (w, s) => w.ReplaceContentAsync(s)),
        new(StepKind.Remove, 2, (w, s) => w.RemoveAsync(s)),
        new(StepKind.RemoveRudely, 2, (w, s) => w.RemoveRudelyAsync(s)),
        new(StepKind.Purge, 1, (w, s) => w.PurgeAsync(s)),
        new(StepKind.Flush, 1, (w, s) => w.FlushAsync(s)),
        new(StepKind.Redrive, 2, (w, s) => w.RedriveAsync(s)),
        new(StepKind.Pause, 2, (w, s) => w.PauseAsync(s)),
        new(StepKind.ChangePolicy, 1, (w, s) => w.ChangePolicyAsync(s)),
        new(StepKind.RecreateQueue, 1, (w, s) => w.RecreateQueueAsync(s)),
        new(StepKind.WriteDocument, 2, (w, s) => w.WriteDocumentAsync(s)),
        new(StepKind.MixedCommit, 3, (w, s) => w.MixedCommitAsync(s)),
        new(StepKind.Browse, 2, (w, s) => w.BrowseAsync(s)),
        new(StepKind.Find, 2, (w, s) => w.FindAsync(s)),
        new(StepKind.ReadBody, 3, (w, s) => w.ReadBodyAsync(s)),
        new(StepKind.AbandonBody, 1, (w, s) => w.AbandonBodyAsync(s)),
        new(StepKind.Wait, 5, (w, s) => w.WaitAsync(s)),
        new(StepKind.StepClock, 1, (w, s) => w.StepClockAsync(s)),
        new(StepKind.FillDisk, 1, (w, s) => w.FillDiskAsync(s)),
        new(StepKind.DrainDisk, 2, (w, s) => w.DrainDiskAsync(s)),
        new(StepKind.SendDeduplicated, 4, (w, s) => w.SendDeduplicatedAsync(s)),
        new(StepKind.SendPatiently, 2, (w, s) => w.SendPatientlyAsync(s)),
        new(StepKind.Replay, 3, (w, s) => w.ReplayAsync(s)),
        new(StepKind.Discard, 2, (w, s) => w.DiscardAsync(s)),
        new(StepKind.ConsumeInOrder, 4, (w, s) => w.ConsumeInOrderAsync(s)),
        new(StepKind.Defer, 2, (w, s) => w.DeferAsync(s)),
        new(StepKind.Flag, 3, (w, s) => w.FlagAsync(s)),
        new(StepKind.ChangeSeen, 4, (w, s) => w.ChangeSeenAsync(s)),
        new(StepKind.Claim, 4, (w, s) => w.ClaimAsync(s)),
        new(StepKind.List, 2, (w, s) => w.ListAsync(s)),
        new(StepKind.Watch, 3, (w, s) => w.WatchAsync(s)),
    ];
}
