using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary>Ten thousand messages of one tenant add next to nothing to the others' time in the queue, and cost them nothing else.</summary>
public sealed class FloodTests
{
    private const int Flood = 10_000;
    private const double AddedMax = 1.10;
    private static readonly QueueFairness ByAccount = QueueFairness.ByAttribute("account");

    [Fact]
    public async Task A_flood_adds_at_most_a_tenth_to_the_time_of_every_other_tenant()
    {
        var quiet = await new FloodWorld(ByAccount, flood: 0).RunAsync();
        var flooded = await new FloodWorld(ByAccount, Flood).RunAsync();
        var over = flooded.Done.Where(job => job.Tenant == FloodWorld.Flooder).Max(job => job.DoneAt);
        for (var tenant = 0; tenant < FloodWorld.QuietTenants; tenant++)
        {
            var (without, with) = (Times(quiet, $"quiet-{tenant}", over), Times(flooded, $"quiet-{tenant}", over));
            with.Count.ShouldBe(without.Count);
            with.Count.ShouldBeGreaterThan(250);
            (with.Average() / without.Average()).ShouldBeLessThan(AddedMax, $"the mean of quiet-{tenant}");
            (Percentile(with, 0.99) / Percentile(without, 0.99)).ShouldBeLessThan(AddedMax, $"the 99th percentile of quiet-{tenant}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    public async Task With_few_workers_a_quiet_tenants_message_waits_for_the_next_that_is_done_and_not_longer(int workers)
    {
        var quiet = await new FloodWorld(ByAccount, flood: 0, workers).RunAsync();
        var flooded = await new FloodWorld(ByAccount, flood: 200 * workers, workers).RunAsync();
        var over = flooded.Done.Where(job => job.Tenant == FloodWorld.Flooder).Max(job => job.DoneAt);
        double Mean(FloodWorld world) => world.Done.Where(job => job.Tenant != FloodWorld.Flooder && job.SentAt >= FloodWorld.FloodAt && job.SentAt < over).Average(job => job.InQueue.TotalSeconds);
        // One is done every service time divided by the workers; now and then two quiet messages wait for the same one.
        ((Mean(flooded) - Mean(quiet)) / (FloodWorld.Service.TotalSeconds / workers)).ShouldBeInRange(0.3, 1.6);
    }

    [Fact]
    public async Task The_flood_gets_all_that_the_others_leave_and_each_message_is_delayed_once()
    {
        var world = await new FloodWorld(ByAccount, Flood).RunAsync(); // which throws when a worker is idle while something waits
        world.Status.Messages.ShouldBe(0);
        var flood = world.Done.Where(job => job.Tenant == FloodWorld.Flooder).ToList();
        flood.Count.ShouldBe(Flood);
        world.Done.ShouldAllBe(job => job.Received.Count == 1);
        foreach (var tenant in world.Done.GroupBy(job => job.Tenant))
            tenant.SelectMany(job => job.Received).OrderBy(r => r.Number).Select(r => r.At).ShouldBeInOrder();
        var over = flood.Max(job => job.DoneAt);
        var work = world.Done.Where(job => job.DoneAt >= FloodWorld.FloodAt && job.DoneAt <= over).Sum(job => job.Service.TotalSeconds);
        ((over - FloodWorld.FloodAt).TotalSeconds * FloodWorld.WorkersMany / work).ShouldBeInRange(0.98, 1.02);
        world.Done.Sum(job => job.Received.Count(r => r.Stay is not null)).ShouldBe((int)world.Status.Lanes.DelayedReceives);
        flood.Count(job => job.Received[0].Stay is not null).ShouldBeInRange(Flood - 100, Flood);
        world.DelayedMost.ShouldBeInRange(Flood - 200, Flood);
        world.Status.Lanes.PriorityReceives.ShouldBe(world.Done.Count - world.Status.Lanes.DelayedReceives);
    }

    [Fact]
    public async Task Without_fairness_everybody_waits_for_the_flood_to_pass()
    {
        var world = await new FloodWorld(fairness: null, Flood).RunAsync();
        Times(world, "quiet-0", FloodWorld.FloodAt + TimeSpan.FromSeconds(10)).Average().ShouldBeGreaterThan(50 * FloodWorld.Service.TotalSeconds);
    }

    /// <summary>Seconds in the queue of what a tenant sent while the flood lasted.</summary>
    private static List<double> Times(FloodWorld world, string tenant, TimeSpan until) =>
        [.. world.Done.Where(job => job.Tenant == tenant && job.SentAt >= FloodWorld.FloodAt && job.SentAt < until).Select(job => job.InQueue.TotalSeconds).Order()];

    private static double Percentile(List<double> ordered, double share) => ordered[(int)(ordered.Count * share)];
}
