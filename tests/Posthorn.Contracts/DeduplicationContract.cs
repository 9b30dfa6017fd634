using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What is sent twice under one id within the queue's window comes in once, and the sender is told of the first.</summary>
public abstract class DeduplicationContract : EngineContract
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private Task<AddedMessage> AddAsync(string id, string text = "x", string? group = null, QueueName? queue = null) =>
        AddAsync(Text(queue ?? Orders, text) with { DeduplicationId = id, Group = group });

    [Fact]
    public async Task A_duplicate_is_not_added_and_answered_with_the_first()
    {
        var first = await AddAsync("d", "first");
        (await AddAsync("d", "second")).ShouldBe(first with { IsDuplicate = true });
        (await AddAsync("e")).ShouldNotBe(first);
        first.IsDuplicate.ShouldBeFalse();
        var messages = await BrowseAsync(Orders);
        (await TextsOfAsync(messages)).ShouldBe(["first", "x"]);
        messages.Select(m => m.DeduplicationId).ShouldBe(["d", "e"]);
    }

    [Fact]
    public async Task A_duplicate_of_what_was_consumed_moved_or_purged_is_one_all_the_same()
    {
        var (acked, moved, discarded) = (await AddAsync("a"), await AddAsync("b"), await AddAsync("c"));
        await RemoveAsync(await LeaseOneAsync(Orders));
        await Engine.CommitAsync(new Commit().Move(moved.Id, Invoices).Discard(discarded.Id));
        (await AddAsync("a")).ShouldBe(acked with { IsDuplicate = true });
        (await AddAsync("b")).ShouldBe(moved with { IsDuplicate = true });
        (await AddAsync("c")).ShouldBe(discarded with { IsDuplicate = true });
        Engine.Status(Orders)!.Messages.ShouldBe(0);
        (await BrowseAsync(Invoices)).ShouldHaveSingleItem().DeduplicationId.ShouldBe("b");
    }

    [Fact]
    public async Task The_window_counts_from_the_first_and_is_not_extended_by_duplicates()
    {
        var first = await AddAsync("d");
        Time.Advance(Window - TimeSpan.FromMilliseconds(1));
        (await AddAsync("d")).IsDuplicate.ShouldBeTrue();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var second = await AddAsync("d");
        (second.IsDuplicate, second.Number).ShouldBe((false, first.Number + 1));
        (await AddAsync("d")).ShouldBe(second with { IsDuplicate = true });
    }

    [Fact]
    public async Task A_queue_may_have_another_window_or_none()
    {
        await SetAsync(Orders, new QueuePolicy { DeduplicationWindow = TimeSpan.FromHours(1) });
        await SetAsync(Invoices, new QueuePolicy { DeduplicationWindow = TimeSpan.Zero });
        await AddAsync("d");
        Time.Advance(TimeSpan.FromMinutes(59));
        (await AddAsync("d")).IsDuplicate.ShouldBeTrue();
        await AddAsync("d", queue: Invoices);
        (await AddAsync("d", queue: Invoices)).IsDuplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task An_id_stands_for_one_message_in_its_queue_alone()
    {
        await AddAsync("d");
        (await AddAsync("d", queue: Invoices)).IsDuplicate.ShouldBeFalse();
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        (await AddAsync("d")).IsDuplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task The_scope_may_be_the_group()
    {
        await AddAsync("d", group: "a");
        (await AddAsync("d", group: "b")).IsDuplicate.ShouldBeTrue();
        await SetAsync(Invoices, new QueuePolicy { DeduplicationScope = DeduplicationScope.Group, IsFifo = true });
        await AddAsync("d", group: "a", queue: Invoices);
        (await AddAsync("d", group: "b", queue: Invoices)).IsDuplicate.ShouldBeFalse();
        (await AddAsync("d", queue: Invoices)).IsDuplicate.ShouldBeFalse();
        (await AddAsync("d", group: "b", queue: Invoices)).IsDuplicate.ShouldBeTrue();
        (await AddAsync("d", queue: Invoices)).IsDuplicate.ShouldBeTrue();
    }

    [Fact]
    public async Task Ids_are_still_known_after_a_restart()
    {
        await SetAsync(Orders, new QueuePolicy { DeduplicationScope = DeduplicationScope.Group });
        var (first, gone) = (await AddAsync("d", group: "a"), await AddAsync("e"));
        await RemoveAsync(gone.Id);
        Time.Advance(TimeSpan.FromMinutes(3));
        await ReopenAsync();
        (await AddAsync("d", group: "a")).ShouldBe(first with { IsDuplicate = true });
        (await AddAsync("e")).ShouldBe(gone with { IsDuplicate = true });
        (await AddAsync("d", group: "b")).IsDuplicate.ShouldBeFalse();
        Time.Advance(TimeSpan.FromMinutes(2));
        await ReopenAsync();
        (await AddAsync("d", group: "a")).IsDuplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_several_in_one_commit_the_first_is_added()
    {
        var known = await AddAsync("known");
        var result = await Engine.CommitAsync(new Commit()
            .Add(Text(Orders, "1") with { DeduplicationId = "new" })
            .Add(Text(Orders, "2") with { DeduplicationId = "known" })
            .Add(Text(Orders, "3") with { DeduplicationId = "new" })
            .Add(Text(Orders, "4"))
            .Add(Text(Invoices, "5") with { DeduplicationId = "new" })
            .Add(Text(Invoices, "6") with { DeduplicationId = "new" }));
        result.Added.Select(a => a.IsDuplicate).ShouldBe([false, true, true, false, false, true]);
        result.Added[1].ShouldBe(known with { IsDuplicate = true });
        result.Added[2].ShouldBe(result.Added[0] with { IsDuplicate = true });
        result.Added[5].ShouldBe(result.Added[4] with { IsDuplicate = true });
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["x", "1", "4"]);
        (await TextsOfAsync(await BrowseAsync(Invoices))).ShouldBe(["5"]);
    }

    [Fact]
    public async Task The_rest_of_a_commit_happens_when_some_of_it_are_duplicates()
    {
        await AddAsync("d");
        var body = TextBody("shared");
        var id = (await AddAsync(Invoices, "old")).Id;
        await Engine.CommitAsync(new Commit()
            .Remove(id)
            .Add(new NewMessage { Queue = Orders, Content = body, DeduplicationId = "d" })
            .Add(new NewMessage { Queue = Invoices, Content = body })
            .SetDocument("k", new byte[] { 1 }));
        (await TextsOfAsync(await BrowseAsync(Invoices))).ShouldBe(["shared"]);
        Engine.Document("k").ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_many_at_once_one_is_added_and_all_are_told_of_it()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => AddAsync("d", $"{i}"))));
        var first = added.Where(a => !a.IsDuplicate).ShouldHaveSingleItem();
        added.ShouldAllBe(a => a.Id == first.Id && a.Number == first.Number);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Duplicates_take_no_room_of_a_full_queue_and_a_refused_message_leaves_its_id_free()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 1 });
        var first = await AddAsync("d");
        (await AddAsync("d")).IsDuplicate.ShouldBeTrue();
        await Should.ThrowAsync<Engine.QueueFullException>(() => AddAsync("e"));
        await RemoveAsync(first.Id);
        (await AddAsync("e")).IsDuplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task A_repeated_commit_tells_again_what_was_a_duplicate()
    {
        await AddAsync("d");
        Commit Twice() => new Commit { IdempotencyKey = "k" }.Add(Text(Orders, "1") with { DeduplicationId = "d" }).Add(Text(Orders, "2"));
        var first = await Engine.CommitAsync(Twice());
        first.Added.Select(a => a.IsDuplicate).ShouldBe([true, false]);
        await ReopenAsync();
        Time.Advance(Window);
        var again = await Engine.CommitAsync(Twice());
        (again.IsRepeat, again.Added.SequenceEqual(first.Added)).ShouldBe((true, true));
    }

    [Fact]
    public async Task Large_bodies_of_duplicates_leave_nothing_behind()
    {
        await AddAsync("d");
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        (await AddAsync(new NewMessage { Queue = Orders, Content = Body.Of(bytes), DeduplicationId = "d" })).IsDuplicate.ShouldBeTrue();
        var shared = Body.Of(bytes);
        var result = await Engine.CommitAsync(new Commit()
            .Add(new NewMessage { Queue = Orders, Content = shared, DeduplicationId = "d" })
            .Add(new NewMessage { Queue = Invoices, Content = shared }));
        result.Added.Select(a => a.IsDuplicate).ShouldBe([true, false]);
        await using var stream = await Engine.OpenAsync((await BrowseAsync(Invoices))[0].Content);
        var read = new byte[bytes.Length];
        await stream.ReadExactlyAsync(read);
        read.ShouldBe(bytes);
    }

    [Fact]
    public async Task What_is_no_id_is_refused_as_a_mistake()
    {
        await Should.ThrowAsync<ArgumentException>(() => AddAsync(""));
        await Should.ThrowAsync<ArgumentException>(() => AddAsync(new string('d', 129)));
        await AddAsync(new string('d', 128));
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Invoices, new QueuePolicy { DeduplicationWindow = TimeSpan.FromDays(7) + TimeSpan.FromTicks(1) }));
    }
}
