using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Views;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap.Views;

public sealed class MailboxViewTests : IAsyncDisposable
{
    private static readonly QueueName s_queue = QueueName.Parse("billing");

    private readonly ReferenceEngine _engine = new(new ManualTimeProvider());
    private readonly MailboxViews _views;

    public MailboxViewTests() => _views = new MailboxViews(_engine);

    [Fact]
    public async Task All_sessions_share_one_view_and_the_last_one_closes_it()
    {
        await AddAsync(3);

        var first = await EnterAsync();
        var second = await EnterAsync();

        second.ShouldBeSameAs(first);
        await _views.LeaveAsync(first);
        _views.Count.ShouldBe(1);
        await _views.LeaveAsync(second);
        _views.Count.ShouldBe(0);
        (await EnterAsync()).ShouldNotBeSameAs(first);
    }

    [Fact]
    public async Task There_is_no_view_of_what_is_no_queue() => (await _views.EnterAsync(QueueName.Parse("nothing"))).ShouldBeNull();

    [Fact]
    public async Task Who_commits_sees_it_behind_a_drain()
    {
        var ids = await AddAsync(3);
        var view = await EnterAsync();
        var known = view.Snapshot;

        await _engine.CommitAsync(new Commit().Remove(ids[1]).Change(ids[2], new MessageChanges { FlagsAdded = ["\\Seen"] }));
        var version = view.Version;
        await view.DrainAsync();

        known.MissingIn(view.Snapshot).Select(m => m.Uid).ShouldBe([2u]);
        var changed = new List<ViewedMessage>();
        view.Look(version, changed);
        changed.ShouldHaveSingleItem().Uid.ShouldBe(3u);
        changed[0].Flags.ShouldBe(["\\Seen"]);
        view.HighestModSeq.ShouldBe(_engine.Status(s_queue)!.HighestModSeq);
    }

    [Fact]
    public async Task A_watch_that_was_lost_is_made_up_for_by_a_list()
    {
        var ids = await AddAsync(10);
        var view = await EnterAsync();
        var known = view.Snapshot;
        var version = view.Version;

        // More than the watch holds, all of it between two drains.
        for (var i = 0; i < 20; i++)
            await AddAsync(1_000);
        await _engine.CommitAsync(new Commit().Remove(ids[0]).Change(ids[9], new MessageChanges { Flags = ["kept"] }));
        await view.DrainAsync();

        view.Snapshot.Count.ShouldBe(20_009);
        known.MissingIn(view.Snapshot).Select(m => m.Uid).ShouldBe([1u]);
        var changed = new List<ViewedMessage>();
        view.Look(version, changed);
        changed.Where(m => m.Uid <= 10).Select(m => m.Uid).ShouldBe([10u], "what did not change is not told again");
    }

    [Fact]
    public async Task A_lease_that_follows_another_is_a_change()
    {
        await AddAsync(1);
        var view = await EnterAsync();
        var first = (await _engine.LeaseAsync(s_queue, new LeaseRequest())).Single();
        await view.DrainAsync();
        var version = view.Version;

        await _engine.ExtendAsync(first.Handle, TimeSpan.Zero);
        await _engine.LeaseAsync(s_queue, new LeaseRequest());
        await view.DrainAsync();

        view.Version.ShouldBeGreaterThan(version);
    }

    [Fact]
    public async Task A_queue_that_is_removed_and_made_again_has_another_view()
    {
        await AddAsync(1);
        var old = await EnterAsync();

        await _engine.CommitAsync(new Commit().DeleteQueue(s_queue));
        await AddAsync(1);
        await old.DrainAsync();

        old.IsGone.ShouldBeTrue();
        var fresh = await EnterAsync();
        fresh.ShouldNotBeSameAs(old);
        fresh.Uids.Validity.ShouldNotBe(old.Uids.Validity);
        await _views.LeaveAsync(old);
        fresh.IsGone.ShouldBeFalse();
        _views.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Viewers_are_told_when_something_happens_and_not_when_nothing_does()
    {
        await AddAsync(1);
        var view = await EnterAsync();
        var viewer = new Viewer();
        view.Add(viewer);

        await AddAsync(1);
        await viewer.Told.Task.WaitAsync(TimeSpan.FromSeconds(30));

        view.Snapshot.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(1, 1, 4_000_000_000, 1)]
    [InlineData(7, 1, 4_294_967_295, 7)]
    public void UIDs_are_numbers_as_long_as_they_fit(long identity, long first, long last, uint validity)
    {
        var uids = new UidSpace(identity, 0);

        uids.TryUid(first, out var low).ShouldBeTrue();
        uids.TryUid(last, out var high).ShouldBeTrue();
        ((long)low, (long)high).ShouldBe((first, last));
        uids.TryUid(last + 1, out _).ShouldBe(last < uint.MaxValue);
        uids.Validity.ShouldBe(validity);
    }

    [Fact]
    public void Beyond_32_bits_UIDs_begin_anew_under_another_validity()
    {
        var uids = new UidSpace(7, 2);

        uids.TryUid(4_294_967_296 + 5, out var uid).ShouldBeTrue();
        uid.ShouldBe(5u);
        uids.NumberOf(uid).ShouldBe(4_294_967_301);
        uids.Validity.ShouldNotBe(new UidSpace(7, 1).Validity);
        uids.TryUid(4_294_967_296, out _).ShouldBeFalse("no UID is 0");
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<MailboxView> EnterAsync() => (await _views.EnterAsync(s_queue)).ShouldNotBeNull();

    private async Task<List<MessageId>> AddAsync(int count)
    {
        var commit = new Commit();
        for (var i = 0; i < count; i++)
            commit.Add(new NewMessage { Queue = s_queue, Content = Body.Empty });
        return [.. (await _engine.CommitAsync(commit)).Added.Select(a => a.Id)];
    }

    private sealed class Viewer : IViewer
    {
        public TaskCompletionSource Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnMailboxChanged() => Told.TrySetResult();
    }
}
