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
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 24576, InlineBodyBytesMax = 0, RecentBytesMax = 262144, ReserveBytes = 65536, SparesMax = 1, ScrubBytesPerSecond = 0 }, LooksAside = false },
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
        Options = new WorldOptions { Journal = new JournalOptions { SegmentBytes = 16384, InlineBodyBytesMax = 3000, RecentBytesMax = 262144, ReserveBytes = 32768, SparesMax = 1, RewriteBelow = 0.9, RewriteBytesPerSecond = 65536, IndexBytesMax = 0, ScrubBytesPerSecond = 0, CallersWrite = false }, LooksAside = false },
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
}
