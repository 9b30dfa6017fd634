using Posthorn.Journal;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Xunit;

namespace Posthorn.Simulation.Regressions;

/// <summary>Histories that broke an invariant when they were found, as the simulator printed them.</summary>
public sealed class FoundHistories
{
    // I1: the queue grouped is lost. The process had ended between naming its first segment and flushing the folder.
    [Fact]
    public void A_segment_that_only_the_page_cache_had_a_name_for_is_named_for_good_at_the_next_start() => Regression.Run(new Scenario
    {
        Seed = 0x7c,
        Options = new WorldOptions { Disk = new DiskCharacter { CapacityBytes = 262144, IsHostile = true }, LooksAside = false },
        Lives = [new LifeEnd(Ending.Close, 0), new LifeEnd(Ending.PowerLoss)],
        Faults = [new PlannedFault(0, 5, Fault.IoError)],
    });

    // I1: m14.0 was found after a failed flush and the death of the process, and lost with the power.
    [Fact]
    public void What_a_failed_flush_left_in_the_page_cache_alone_is_written_again_at_the_next_start() => Regression.Run(new Scenario
    {
        Seed = 0x2a,
        Options = new WorldOptions { LooksAside = false },
        Lives = [new LifeEnd(Ending.Kill), new LifeEnd(Ending.PowerLoss, 0)],
        Steps = [new Step(14, 0, 0, StepKind.Send, 1)],
        Faults = [new PlannedFault(0, 11, Fault.FlushFails)],
    });

    // I6: m15.0 was held during its last lease, let go later and handed out a third time; its queue gives up after two.
    [Fact]
    public void A_message_held_during_its_last_lease_is_a_dead_letter_when_it_is_let_go() => Regression.Run(new Scenario
    {
        Seed = 0x92b,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 24576, InlineBodyBytesMax = 0, RecentBytesMax = 262144, ReserveBytes = 65536, SparesMax = 1, ScrubBytesPerSecond = 0, SettleTime = TimeSpan.Zero }, LooksAside = false },
        Lives = [new LifeEnd(Ending.Close), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(9, 0, 2, StepKind.ConsumeGroup, 1),
            new Step(10, 0, 2, StepKind.LeaseAndForget, 1),
            new Step(15, 0, 3, StepKind.Send, 50),
            new Step(19, 1, 0, StepKind.ConsumeGroup, 1),
            new Step(20, 1, 1, StepKind.Hold, 1),
        ],
    });

    // I1: the body of m19.0 was gone. It stood in one segment with its copy, was left cold at the start, and ended with the copy's body.
    [Fact]
    public void A_message_whose_body_a_copy_in_its_own_segment_shares_is_not_left_cold_at_a_start() => Regression.Run(new Scenario
    {
        Seed = 0xe6f6,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 3000, RecentBytesMax = 262144, ReserveBytes = 32768, SparesMax = 1, RewriteBelow = 0.9, RewriteBytesPerSecond = 65536, IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = false, SettleTime = TimeSpan.Zero }, LooksAside = false },
        Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.Kill), new LifeEnd(Ending.Kill)],
        Steps =
        [
            new Step(4, 0, 1, StepKind.Send, 50),
            new Step(16, 0, 3, StepKind.SendAndRemove, 1),
            new Step(17, 0, 3, StepKind.Send, 83),
            new Step(19, 0, 2, StepKind.SendPatiently, 1),
            new Step(25, 0, 3, StepKind.Send, 89),
            new Step(29, 0, 2, StepKind.Copy, 1),
            new Step(35, 1, 2, StepKind.Send, 50),
            new Step(77, 2, 1, StepKind.Consume, 1),
        ],
    });

    // I6, the model's mistake: m19.0 was moved and received in its new queue before the mover heard of it; the process ended, and the lease with it.
    [Fact]
    public void A_receive_that_overtook_the_answer_to_a_move_counts_when_the_process_ends_before_the_answer() => Regression.Run(new Scenario
    {
        Seed = 0x12e9d,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 65536, InlineBodyBytesMax = 0, RecentBytesMax = 262144, ReserveBytes = 32768, SparesMax = 0, RewriteBelow = 0.5, RewriteBytesPerSecond = 65536, IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = false, SettleTime = TimeSpan.Zero }, LooksAside = false },
        Lives = [new LifeEnd(Ending.Close), new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.Close, 0), new LifeEnd(Ending.Close, 15)],
        Steps =
        [
            new Step(2, 0, 1, StepKind.Send, 50),
            new Step(4, 0, 3, StepKind.ConsumeGroup, 1),
            new Step(8, 0, 3, StepKind.Consume, 1),
            new Step(9, 0, 4, StepKind.AbandonBody, 1),
            new Step(10, 0, 1, StepKind.Consume, 10),
            new Step(12, 0, 3, StepKind.Move, 1),
            new Step(13, 0, 3, StepKind.StepClock, 39),
            new Step(14, 0, 1, StepKind.Send, 50),
            new Step(15, 0, 3, StepKind.Consume, 10),
            new Step(16, 0, 3, StepKind.Send, 87),
            new Step(17, 0, 0, StepKind.SendWithKey, 1),
            new Step(19, 0, 1, StepKind.MixedCommit, 1),
            new Step(20, 0, 3, StepKind.Send, 50),
            new Step(22, 0, 0, StepKind.SendWithKey, 1),
            new Step(30, 1, 4, StepKind.SendPatiently, 1),
            new Step(31, 1, 3, StepKind.Send, 50),
            new Step(33, 1, 4, StepKind.Copy, 1),
            new Step(36, 1, 0, StepKind.WriteDocument, 1),
            new Step(40, 1, 0, StepKind.Pause, 1),
            new Step(58, 3, 4, StepKind.Consume, 1),
            new Step(59, 3, 2, StepKind.Reprioritise, 1),
            new Step(60, 3, 1, StepKind.RemoveRudely, 1),
            new Step(61, 3, 0, StepKind.ReplaceContent, 1),
            new Step(62, 3, 4, StepKind.SendAndRemove, 1),
            new Step(63, 3, 1, StepKind.WriteDocument, 1),
            new Step(64, 3, 3, StepKind.DrainDisk, 1),
            new Step(65, 3, 1, StepKind.Consume, 1),
            new Step(66, 3, 3, StepKind.Consume, 1),
            new Step(67, 3, 4, StepKind.Consume, 47),
            new Step(68, 3, 1, StepKind.RepeatKey, 1),
            new Step(69, 3, 2, StepKind.DrainDisk, 1),
            new Step(70, 3, 1, StepKind.Browse, 1),
            new Step(71, 3, 2, StepKind.Consume, 1),
            new Step(73, 3, 3, StepKind.RepeatKey, 1),
            new Step(74, 3, 3, StepKind.Consume, 1),
            new Step(75, 3, 0, StepKind.Consume, 1),
        ],
    });

    // I13: m91.1 could not be read. Its segment's file had kept its name among the spare ones, and became the next segment.
    [Fact]
    public void A_spare_file_that_is_a_segment_already_is_not_made_another() => Regression.Run(new Scenario
    {
        Seed = 0x17698,
        Options = new WorldOptions { Disk = new DiskCharacter { CapacityBytes = 67108864, IsHostile = true, StallsOneIn = 0 }, Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 3000, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 0, RewriteBelow = 0.9, RewriteBytesPerSecond = 65536, IndexBytesMax = 268435456, ScrubBytesPerSecond = 4096, CallersWrite = false, SettleTime = TimeSpan.Zero }, LooksAside = false },
        Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.Close), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(2, 0, 3, StepKind.SendLarge, 1),
            new Step(9, 0, 0, StepKind.SendAndRemove, 1),
            new Step(17, 0, 4, StepKind.MixedCommit, 1),
            new Step(21, 0, 2, StepKind.ConsumeAndProduce, 1),
            new Step(23, 1, 2, StepKind.Move, 1),
            new Step(24, 1, 3, StepKind.SendAndRemove, 84),
            new Step(25, 1, 3, StepKind.ConsumeInOrder, 1),
            new Step(26, 1, 2, StepKind.AbandonBody, 1),
            new Step(32, 1, 4, StepKind.Hold, 1),
            new Step(33, 1, 2, StepKind.SendLarge, 1),
            new Step(35, 1, 0, StepKind.SendWithKey, 1),
            new Step(36, 1, 2, StepKind.Reschedule, 1),
            new Step(37, 1, 4, StepKind.SendLarge, 1),
            new Step(43, 1, 0, StepKind.Send, 100),
            new Step(47, 1, 4, StepKind.ConsumeAndProduce, 1),
            new Step(49, 1, 2, StepKind.Move, 1),
            new Step(50, 1, 0, StepKind.Hold, 1),
            new Step(52, 2, 3, StepKind.WriteDocument, 1),
            new Step(53, 2, 2, StepKind.SendWithKey, 1),
            new Step(54, 2, 2, StepKind.AbandonBody, 1),
            new Step(56, 2, 2, StepKind.Send, 59),
            new Step(60, 2, 0, StepKind.SendDeduplicated, 1),
            new Step(61, 2, 0, StepKind.ConsumeSlowly, 1),
            new Step(71, 2, 3, StepKind.ReplaceContent, 1),
            new Step(72, 2, 4, StepKind.Move, 1),
            new Step(73, 2, 4, StepKind.SendAndRemove, 50),
            new Step(81, 3, 2, StepKind.Move, 1),
            new Step(83, 3, 3, StepKind.SendAndRemove, 1),
            new Step(90, 3, 4, StepKind.Copy, 1),
            new Step(91, 3, 1, StepKind.Send, 50),
        ],
        Faults = [new PlannedFault(2, 25, Fault.Dies)],
    });

    // I6, the model's mistake: m4.0 was moved, and handed out in its new queue to somebody whose answer a failed read took, before the mover heard of it.
    [Fact]
    public void A_receive_that_nobody_heard_of_counts_where_the_message_went_meanwhile() => Regression.Run(new Scenario
    {
        Seed = 0x1b055,
        Options = new WorldOptions { LooksAside = false },
        Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(1, 0, 4, StepKind.SendDeduplicated, 1),
            new Step(2, 0, 4, StepKind.Send, 1),
            new Step(4, 0, 0, StepKind.ConsumeAndProduce, 72),
            new Step(5, 0, 4, StepKind.ConsumeAndProduce, 81),
            new Step(10, 0, 2, StepKind.ConsumeAndProduce, 90),
            new Step(14, 0, 0, StepKind.Wait, 1),
            new Step(26, 0, 0, StepKind.SendDeduplicated, 1),
            new Step(30, 0, 0, StepKind.SendPatiently, 1),
            new Step(35, 0, 0, StepKind.SendDeduplicated, 1),
            new Step(40, 1, 0, StepKind.Move, 1),
            new Step(41, 1, 2, StepKind.MixedCommit, 85),
            new Step(43, 1, 1, StepKind.Move, 1),
            new Step(47, 1, 1, StepKind.ConsumeAndProduce, 50),
        ],
        Faults = [new PlannedFault(1, 15, Fault.ReadFails)],
    });

    // I13, the harness's mistake: a disk that says for good that it is full was never given space again, and commits wait for that rather than fail.
    [Fact]
    public void Commits_that_wait_for_space_are_done_when_a_shortage_ends() => Regression.Run(new Scenario
    {
        Seed = 0x348e,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 1024, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 1, RewriteBelow = 0.9, RewriteBytesPerSecond = 65536, IndexBytesMax = 268435456, ScrubBytesPerSecond = 0, CallersWrite = false, SettleTime = TimeSpan.Zero }, LooksAside = false },
        Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.CloseThenPowerLoss)],
        Steps =
        [
            new Step(0, 0, 0, StepKind.MixedCommit, 50),
            new Step(3, 0, 3, StepKind.SendDeduplicated, 1),
            new Step(5, 0, 3, StepKind.Send, 57),
            new Step(7, 0, 1, StepKind.ConsumeInOrder, 1),
            new Step(11, 0, 4, StepKind.Send, 24),
            new Step(12, 0, 1, StepKind.Send, 52),
            new Step(15, 0, 3, StepKind.Move, 1),
            new Step(19, 0, 1, StepKind.SendLarge, 1),
            new Step(21, 0, 0, StepKind.ConsumeInOrder, 50),
            new Step(25, 0, 1, StepKind.Send, 1),
            new Step(26, 0, 3, StepKind.Copy, 1),
            new Step(27, 0, 5, StepKind.Wait, 1),
            new Step(30, 0, 5, StepKind.ConsumeSlowly, 10),
            new Step(31, 0, 3, StepKind.Send, 32),
            new Step(32, 0, 3, StepKind.ConsumeGroup, 50),
            new Step(34, 0, 4, StepKind.SendWithKey, 1),
            new Step(35, 0, 3, StepKind.Reschedule, 1),
            new Step(36, 0, 5, StepKind.Move, 1),
            new Step(37, 0, 0, StepKind.Send, 4),
            new Step(41, 1, 1, StepKind.Consume, 50),
            new Step(42, 1, 2, StepKind.Send, 33),
            new Step(43, 1, 2, StepKind.ConsumeInOrder, 1),
            new Step(44, 1, 5, StepKind.SendPatiently, 10),
            new Step(46, 1, 4, StepKind.Send, 10),
            new Step(47, 1, 0, StepKind.WriteDocument, 1),
            new Step(53, 1, 5, StepKind.Send, 73),
            new Step(58, 1, 4, StepKind.Send, 1),
            new Step(59, 1, 5, StepKind.Send, 84),
            new Step(67, 1, 2, StepKind.ConsumeGroup, 1),
            new Step(70, 1, 0, StepKind.RemoveRudely, 1),
            new Step(76, 2, 0, StepKind.ConsumeAndProduce, 1),
            new Step(77, 2, 4, StepKind.Send, 62),
            new Step(78, 2, 0, StepKind.ConsumeInOrder, 1),
            new Step(79, 2, 0, StepKind.MixedCommit, 50),
            new Step(84, 2, 2, StepKind.SendDeduplicated, 1),
            new Step(86, 2, 5, StepKind.Send, 1),
            new Step(89, 2, 5, StepKind.ConsumeInOrder, 1),
            new Step(90, 2, 4, StepKind.FillDisk, 1),
        ],
        Faults = [new PlannedFault(2, 81, Fault.NoSpace, IsLasting: true)],
    });

    // I4, the model's mistake: m2.0 was handed out before and after a move, and the first to hear of it was the second who got it.
    [Fact]
    public void Two_who_were_handed_a_message_around_a_move_may_hear_of_it_in_the_other_order() => Regression.Run(new Scenario
    {
        Seed = 0x10aa8,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 64, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 0, RewriteBelow = 0.3, RewriteBytesPerSecond = 4096, IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = false, SettleTime = TimeSpan.Zero } },
        Lives = [new LifeEnd(Ending.CloseThenPowerLoss, 13), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(1, 0, 1, StepKind.Extend, 1),
            new Step(2, 0, 4, StepKind.MixedCommit, 50),
            new Step(3, 0, 4, StepKind.Annotate, 1),
            new Step(4, 0, 3, StepKind.Send, 1),
            new Step(5, 0, 1, StepKind.Remove, 1),
            new Step(6, 0, 2, StepKind.WriteDocument, 1),
            new Step(7, 0, 2, StepKind.Redrive, 1),
            new Step(8, 0, 3, StepKind.Consume, 10),
            new Step(10, 0, 1, StepKind.FillDisk, 1),
            new Step(11, 0, 1, StepKind.MixedCommit, 50),
            new Step(12, 0, 3, StepKind.Consume, 1),
            new Step(14, 0, 3, StepKind.LeaseAndForget, 1),
            new Step(15, 0, 2, StepKind.ConsumeSlowly, 50),
            new Step(17, 0, 2, StepKind.Copy, 1),
            new Step(18, 0, 0, StepKind.ConsumeAndProduce, 1),
            new Step(19, 0, 3, StepKind.Consume, 1),
            new Step(34, 1, 0, StepKind.SendLarge, 1),
            new Step(36, 1, 3, StepKind.MixedCommit, 34),
            new Step(37, 1, 2, StepKind.ConsumeSlowly, 48),
            new Step(38, 1, 1, StepKind.Send, 1),
            new Step(39, 1, 4, StepKind.SendDeduplicated, 1),
            new Step(41, 1, 1, StepKind.Pause, 1),
            new Step(48, 1, 5, StepKind.Copy, 1),
            new Step(52, 1, 1, StepKind.Send, 1),
            new Step(58, 1, 1, StepKind.Consume, 1),
            new Step(59, 1, 5, StepKind.Consume, 1),
        ],
    });

    // I2, the harness's mistake: m79.0 became too old in a copy of the store that was looked at aside, and the model took it for gone from the store.
    [Fact]
    public void What_became_too_old_in_a_copy_is_not_gone_from_the_store() => Regression.Run(new Scenario
    {
        Seed = 0x17d0c,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 65536, InlineBodyBytesMax = 0, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 0, RewriteBelow = 0.5, RewriteBytesPerSecond = 16777216, IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = false, SettleTime = TimeSpan.Zero } },
        Lives = [new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(73, 0, 0, StepKind.ConsumeInOrder, 1),
            new Step(75, 0, 0, StepKind.StepClock, 10),
            new Step(79, 0, 3, StepKind.SendDeduplicated, 1),
            new Step(81, 0, 1, StepKind.Wait, 1),
            new Step(84, 0, 0, StepKind.Wait, 90),
            new Step(85, 0, 1, StepKind.Move, 1),
            new Step(97, 0, 3, StepKind.SendWithKey, 1),
        ],
    });

    // I15: a queue whose removal, with its making anew, was on its way to the disk could not be listed any more, and whoever watched it was not told yet.
    [Fact]
    public void A_queue_that_is_being_recreated_is_listed_until_it_is_told_to_be_removed() => Regression.Run(new Scenario
    {
        Seed = 0xcade,
        Options = new WorldOptions { Disk = new DiskCharacter { CapacityBytes = 343040, IsHostile = false, StallsOneIn = 28 }, Journal = new JournalOptions { SegmentBytes = 65536, InlineBodyBytesMax = 1024, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 1, RewriteBelow = 0.9, RewriteBytesPerSecond = 16777216, SettleTime = TimeSpan.FromSeconds(1), IndexBytesMax = 268435456, ScrubBytesPerSecond = 4096, CallersWrite = true }, LooksAside = false },
        Lives = [new LifeEnd(Ending.CloseThenPowerLoss), new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.CloseThenPowerLoss)],
        Steps =
        [
            new Step(1, 0, 0, StepKind.SendPatiently, 1),
            new Step(7, 0, 2, StepKind.ConsumeAndProduce, 1),
            new Step(9, 0, 0, StepKind.SendPatiently, 1),
            new Step(11, 0, 3, StepKind.AbandonBody, 1),
            new Step(20, 0, 1, StepKind.MixedCommit, 1),
            new Step(25, 1, 2, StepKind.Send, 50),
            new Step(29, 1, 3, StepKind.MixedCommit, 1),
            new Step(34, 1, 1, StepKind.Pause, 1),
            new Step(39, 1, 1, StepKind.ChangeSeen, 1),
            new Step(42, 2, 3, StepKind.Pause, 1),
            new Step(43, 2, 1, StepKind.ReplaceContent, 1),
            new Step(45, 2, 2, StepKind.Watch, 1),
            new Step(48, 2, 3, StepKind.RecreateQueue, 1),
        ],
    });

    // I5, the harness's mistake: m433.1 came with a higher priority while what followed m405.0 was brought in from disk for the same request.
    [Fact]
    public void What_comes_while_others_are_brought_in_may_stand_behind_them() => Regression.Run(new Scenario
    {
        Seed = 0x14789,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 1024, RecentBytesMax = 262144, ReserveBytes = 65536, SparesMax = 0, RewriteBelow = 0.3, RewriteBytesPerSecond = 65536, SettleTime = TimeSpan.FromSeconds(0), IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = true } },
        Lives = [new LifeEnd(Ending.Kill), new LifeEnd(Ending.Close), new LifeEnd(Ending.PowerLoss)],
        Steps =
        [
            new Step(18, 0, 0, StepKind.Send, 1),
            new Step(20, 0, 2, StepKind.SendAndRemove, 1),
            new Step(21, 0, 2, StepKind.SendAndRemove, 77),
            new Step(22, 0, 4, StepKind.Wait, 1),
            new Step(24, 0, 1, StepKind.SendAndRemove, 1),
            new Step(25, 0, 1, StepKind.Send, 1),
            new Step(39, 0, 0, StepKind.Annotate, 1),
            new Step(43, 0, 0, StepKind.SendAndRemove, 1),
            new Step(49, 0, 0, StepKind.Move, 1),
            new Step(50, 0, 0, StepKind.Send, 1),
            new Step(51, 0, 0, StepKind.SendAndRemove, 1),
            new Step(52, 0, 3, StepKind.SendWithKey, 1),
            new Step(75, 0, 4, StepKind.SendAndRemove, 78),
            new Step(85, 0, 2, StepKind.SendAndRemove, 1),
            new Step(86, 0, 3, StepKind.SendWithKey, 1),
            new Step(92, 0, 4, StepKind.SendWithKey, 1),
            new Step(102, 0, 0, StepKind.SendWithKey, 1),
            new Step(106, 0, 2, StepKind.SendWithKey, 1),
            new Step(110, 0, 4, StepKind.Remove, 1),
            new Step(112, 0, 1, StepKind.SendWithKey, 1),
            new Step(115, 0, 1, StepKind.SendAndRemove, 50),
            new Step(116, 0, 0, StepKind.SendAndRemove, 1),
            new Step(123, 0, 3, StepKind.SendAndRemove, 1),
            new Step(124, 0, 4, StepKind.SendAndRemove, 1),
            new Step(147, 0, 4, StepKind.Remove, 1),
            new Step(150, 0, 0, StepKind.SendAndRemove, 50),
            new Step(395, 2, 1, StepKind.Send, 63),
            new Step(397, 2, 0, StepKind.SendAndRemove, 1),
            new Step(399, 2, 4, StepKind.Move, 1),
            new Step(401, 2, 3, StepKind.Send, 1),
            new Step(402, 2, 2, StepKind.Flag, 1),
            new Step(404, 2, 4, StepKind.SendAndRemove, 1),
            new Step(405, 2, 3, StepKind.Send, 1),
            new Step(407, 2, 2, StepKind.SendAndRemove, 1),
            new Step(415, 2, 2, StepKind.SendAndRemove, 1),
            new Step(416, 2, 0, StepKind.SendAndRemove, 80),
            new Step(417, 2, 3, StepKind.SendAndRemove, 50),
            new Step(423, 2, 0, StepKind.Move, 1),
            new Step(430, 2, 0, StepKind.Send, 1),
            new Step(432, 2, 0, StepKind.SendAndRemove, 50),
            new Step(433, 2, 0, StepKind.SendAndRemove, 50),
            new Step(435, 2, 1, StepKind.Move, 1),
            new Step(440, 2, 2, StepKind.SendAndRemove, 1),
            new Step(442, 2, 2, StepKind.SendAndRemove, 77),
            new Step(446, 2, 2, StepKind.RecreateQueue, 1),
            new Step(448, 2, 3, StepKind.Annotate, 1),
            new Step(450, 2, 2, StepKind.SendAndRemove, 1),
            new Step(457, 2, 3, StepKind.SendAndRemove, 1),
            new Step(459, 2, 2, StepKind.Send, 1),
            new Step(462, 2, 2, StepKind.Consume, 100),
        ],
    });

    // I3: a deduplication id was forgotten, the clock set back, the id used again; after a start the first message stood for it again, since its time ended later.
    [Fact]
    public void Of_two_messages_with_an_id_the_later_one_stands_for_it_though_the_clock_was_set_back() => Regression.Run(new Scenario
    {
        Seed = 0x17884,
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 64, RecentBytesMax = 262144, ReserveBytes = 0, SparesMax = 1, RewriteBelow = 0.5, RewriteBytesPerSecond = 4096, SettleTime = TimeSpan.FromSeconds(0), IndexBytesMax = 268435456, ScrubBytesPerSecond = 0, CallersWrite = false }, LooksAside = false },
        Lives = [new LifeEnd(Ending.CloseThenPowerLoss), new LifeEnd(Ending.Close), new LifeEnd(Ending.PowerLoss), new LifeEnd(Ending.Close)],
        Steps =
        [
            new Step(12, 0, 0, StepKind.SendDeduplicated, 1),
            new Step(20, 1, 0, StepKind.StepClock, 10),
            new Step(65, 2, 0, StepKind.StepClock, 10),
            new Step(70, 2, 0, StepKind.SendDeduplicated, 1),
            new Step(101, 3, 0, StepKind.SendDeduplicated, 1),
        ],
    });
}
