using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;
using Shouldly;
using Xunit;

namespace Posthorn.Simulation.Regressions;

/// <summary>I6: no receive is forgotten or counted twice, whatever else is done with the message, and around its way to the dead letters.</summary>
public sealed class ReceiveCountTests
{
    private static readonly QueueName Work = QueueName.Parse("work");
    private static readonly QueueName Dead = QueueName.Parse("dead");
    private static readonly QueuePolicy Twice = new() { ReceivesMax = 2, DeadLetterQueue = Dead, VisibilityTimeout = TimeSpan.FromSeconds(10) };

    // Seed 0x5d3: the change had the count of before, and the receive was gone when it was applied.
    [Fact]
    public void A_receive_while_a_change_is_on_its_way_to_the_disk_counts_and_is_not_forgotten_by_a_restart() => Regression.Run(async context =>
    {
        var disk = new SimulatedDisk(context, context.Time, new SimulationRandom(2), new DiskCharacter());
        var process = new ProcessTime(context.Time);
        var engine = await OpenAsync(disk, process);
        var id = await AddAsync(engine);
        var change = engine.CommitAsync(new Commit().Change(id, new MessageChanges { Priority = Priority.Of(7) }));
        var lease = (await engine.LeaseAsync(Work, new LeaseRequest())).ShouldHaveSingleItem();
        change.IsCompleted.ShouldBeFalse();
        await change;
        (await engine.FindAsync(id))!.ReceiveCount.ShouldBe(1);
        await Task.Delay(TimeSpan.FromSeconds(1), context.Time);
        await engine.CommitAsync(new Commit().SetDocument("sync", new byte[] { 1 })); // with it the count is durable

        process.Die();
        engine = await OpenAsync(disk.AfterPowerLoss(context.Time, new SimulationRandom(3), []), new ProcessTime(context.Time));
        (await engine.FindAsync(id))!.ReceiveCount.ShouldBe(1);
        lease.Message.ReceiveCount.ShouldBe(1);
    });

    // Seed 0x2a79 of an earlier simulator.
    [Fact]
    public void A_power_loss_at_any_io_around_the_way_to_the_dead_letters_leaves_one_message_with_a_count_that_it_can_have()
    {
        var places = new HashSet<(string, int)>();
        for (var at = 0; at < 80; at++)
            Regression.Run(context => DieAtAsync(context, at, places));
        places.ShouldContain(("work", 1));
        places.ShouldContain(("dead", 0));
        places.ShouldContain(("dead", 1));
    }

    private static async Task DieAtAsync(SimulationContext context, int at, HashSet<(string, int)> places)
    {
        var disk = new SimulatedDisk(context, context.Time, new SimulationRandom((ulong)at), new DiskCharacter()) { Faults = [new PlannedFault(0, at, at % 2 == 0 ? Fault.CrashBefore : Fault.CrashAfter)] };
        var process = new ProcessTime(context.Time);
        MessageId? added = null;
        var received = 0;
        var work = WorkAsync();
        await Task.WhenAny(work, disk.Lost);
        process.Die();
        var survivor = await OpenAsync(disk.AfterPowerLoss(context.Time, new SimulationRandom((ulong)at + 1000), []), new ProcessTime(context.Time));
        await Task.Delay(TimeSpan.FromSeconds(2), context.Time);
        if (added is not { } id)
            return;
        var message = (await survivor.FindAsync(id)).ShouldNotBeNull($"power lost at {at}");
        survivor.Queues().Sum(queue => queue.Messages).ShouldBe(1, $"power lost at {at}");
        // At the source it counts fewer receives than would have made it a dead letter; at the dead letters counts begin anew.
        message.ReceiveCount.ShouldBeInRange(0, 1, $"power lost at {at}, found in {message.Queue} after {received} receives");
        places.Add((message.Queue.Value, message.ReceiveCount));

        async Task WorkAsync()
        {
            try
            {
                var engine = await OpenAsync(disk, process);
                added = await AddAsync(engine);
                for (; received < 2; received++)
                {
                    (await engine.LeaseAsync(Work, new LeaseRequest { Wait = TimeSpan.FromMinutes(1) })).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(received + 1);
                    await Task.Delay(TimeSpan.FromSeconds(1), process);
                    await engine.CommitAsync(new Commit().SetDocument("sync", new byte[] { 1 }));
                }
                // Its last lease ends, the engine moves it, and somebody is there already who takes it.
                (await engine.LeaseAsync(Dead, new LeaseRequest { Wait = TimeSpan.FromMinutes(1) })).ShouldHaveSingleItem().Message.ReceiveCount.ShouldBe(1);
                await Task.Delay(TimeSpan.FromSeconds(1), process);
                await engine.CommitAsync(new Commit().SetDocument("sync", new byte[] { 1 }));
            }
            catch (Exception e) when (e is IOException or EngineFailedException && disk.IsPowerLost)
            {
                // As it should.
            }
        }
    }

    private static Task<IEngine> OpenAsync(SimulatedDisk disk, ProcessTime process) =>
        EngineUnderTest.OpenAsync(disk, new WorldOptions().Journal, process, new SimulationRandom(3).NextUInt64);

    private static async Task<MessageId> AddAsync(IEngine engine)
    {
        await engine.CommitAsync(new Commit().SetQueue(Work, Twice).SetQueue(Dead, new QueuePolicy()));
        return (await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Work, Content = Body.Of(new byte[100]) }))).Added[0].Id;
    }
}
