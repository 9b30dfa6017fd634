using Posthorn.Journal.Index;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

public sealed class EntryTableTests
{
    [Fact]
    public void Slots_are_each_others_and_zero_whatever_is_taken_and_given_back()
    {
        var table = new EntryTable();
        var taken = new Dictionary<int, ulong>();
        var random = new Random(5);
        for (var step = 0UL; step < 200_000; step++)
        {
            // Grows to some ten chunks, then shrinks, again and again.
            var isGrowing = step / 40_000 % 2 == 0;
            if (taken.Count == 0 || random.Next(10) < (isGrowing ? 9 : 1))
            {
                var slot = table.Take();
                slot.ShouldBeGreaterThan(0);
                table[slot].Id.ShouldBe(0UL);
                table[slot].Next.ShouldBe(0);
                table[slot].Id = step + 1;
                taken.Add(slot, step + 1);
            }
            else
            {
                var slot = taken.Keys.ElementAt(random.Next(Math.Min(taken.Count, 50)));
                table[slot].Id.ShouldBe(taken[slot]);
                taken.Remove(slot);
                table.Give(slot);
                table[slot].Id.ShouldBe(0UL);
            }
            table.Count.ShouldBe(taken.Count);
        }
        foreach (var (slot, id) in taken)
            table[slot].Id.ShouldBe(id);
    }

    [Fact]
    public void A_backlog_that_has_gone_leaves_no_memory_behind()
    {
        var table = new EntryTable();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var slots = Enumerable.Range(0, 500_000).Select(_ => table.Take()).ToArray();
        foreach (var slot in slots[1000..])
            table.Give(slot);
        slots = slots[..1000];
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(4 << 20);
        foreach (var slot in slots)
            table.Give(slot);
        table.Count.ShouldBe(0);
    }
}
