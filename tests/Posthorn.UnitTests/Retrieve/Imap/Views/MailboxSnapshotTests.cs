using Posthorn.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap.Views;

public sealed class MailboxSnapshotTests
{
    private readonly List<ViewChunk> _chunks = [];

    [Fact]
    public void Numbers_and_UIDs_find_each_other_over_many_chunks()
    {
        var uids = Fill(2_000, step: 3);
        var snapshot = MailboxSnapshot.Of(_chunks);

        snapshot.Count.ShouldBe(2_000);
        for (var i = 0; i < uids.Count; i++)
        {
            snapshot.UidAt(i + 1).ShouldBe(uids[i]);
            snapshot.SequenceOf(uids[i]).ShouldBe(i + 1);
            snapshot.SequenceOf(uids[i] + 1).ShouldBe(0);
            snapshot.FirstFrom(uids[i] + 1).ShouldBe(i + 2);
        }
        snapshot.Range(510, 515).Select(m => m.Uid).ShouldBe(uids[509..515]);
    }

    [Fact]
    public void An_empty_one_has_nothing()
    {
        var empty = MailboxSnapshot.Empty;

        (empty.Count, empty.LastUid, empty.FirstFrom(1), empty.SequenceOf(1)).ShouldBe((0, 0u, 1, 0));
        empty.MissingIn(empty).ShouldBeEmpty();
        empty.WithAppended(empty).ShouldBeSameAs(empty);
    }

    [Fact]
    public void What_is_missing_and_what_came_is_told_right_whatever_happened_between()
    {
        var random = new Random(4711);
        for (var round = 0; round < 100; round++)
        {
            _chunks.Clear();
            var uids = Fill(random.Next(0, 2_500));
            var known = MailboxSnapshot.Of(_chunks);
            var before = uids.ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                Remove(uids, random);
                Append(uids, random.Next(0, 700));
            }
            var now = MailboxSnapshot.Of(_chunks);

            now.Range(1, now.Count).Select(m => m.Uid).ShouldBe(uids);
            var missing = before.Except(uids).ToHashSet();
            known.MissingIn(now).ShouldBe(before.Select((uid, i) => (Sequence: i + 1, Uid: uid)).Where(m => missing.Contains(m.Uid)));
            var behind = known.WithAppended(now);
            var last = before.Count == 0 ? 0 : before[^1];
            behind.Range(1, behind.Count).Select(m => m.Uid).ShouldBe([.. before, .. uids.Where(u => u > last)]);
            behind.MissingIn(now).Select(m => m.Uid).ShouldBe(before.Where(missing.Contains));
        }
    }

    [Fact]
    public void What_was_promised_by_figures_becomes_numbers_whatever_went_and_came_meanwhile()
    {
        var random = new Random(42);
        for (var round = 0; round < 50; round++)
        {
            _chunks.Clear();
            var uids = Fill(random.Next(1, 1_500));
            var (promised, next) = (uids.Count, uids[^1] + 1);
            Remove(uids, random);
            Append(uids, random.Next(0, 700));
            var now = MailboxSnapshot.Of(_chunks);

            var known = now.AsPromised(promised, next);

            known.Count.ShouldBe(promised);
            known.Range(1, known.Count).Select(m => m.Uid).ShouldBe(known.Range(1, known.Count).Select(m => m.Uid).Order().Distinct());
            known.LastUid.ShouldBeLessThan(next);
            var missing = known.MissingIn(now);
            missing.Count.ShouldBe(promised - uids.Count(u => u < next));
            known.WithAppended(now).Count.ShouldBe(promised + uids.Count(u => u >= next));
        }
    }

    [Fact]
    public void What_was_promised_and_did_not_change_is_what_there_is()
    {
        Fill(1_000);
        var now = MailboxSnapshot.Of(_chunks);

        now.AsPromised(1_000, now.LastUid + 1).ShouldBeSameAs(now);
        now.AsPromised(600, 601).Range(1, 600).Select(m => m.Uid).ShouldBe(now.Range(1, 600).Select(m => m.Uid));
    }

    [Fact]
    public void What_a_session_knows_does_not_change_when_the_mailbox_does()
    {
        var uids = Fill(600);
        var known = MailboxSnapshot.Of(_chunks);

        _chunks[0].Remove([0, 1, 2]);
        _chunks[^1].Append(9_999, Summary(), 0, 1);

        known.Range(1, known.Count).Select(m => m.Uid).ShouldBe(uids);
    }

    private List<uint> Fill(int count, uint step = 1)
    {
        var uids = new List<uint>();
        for (uint i = 1; i <= count; i++)
            Append(uids, 1, step);
        return uids;
    }

    private void Append(List<uint> uids, int count, uint step = 1)
    {
        for (; count > 0; count--)
        {
            if (_chunks.Count == 0 || _chunks[^1].IsFull)
                _chunks.Add(new ViewChunk());
            // One more than the last that ever was: UIDs are never used again.
            var uid = Math.Max(_last, uids.Count == 0 ? 0 : uids[^1]) + step;
            _last = uid;
            _chunks[^1].Append(uid, Summary(), 0, 1);
            uids.Add(uid);
        }
    }

    private uint _last;

    private void Remove(List<uint> uids, Random random)
    {
        var share = random.NextDouble();
        foreach (var chunk in _chunks)
            chunk.Remove([.. Enumerable.Range(0, chunk.Count).Where(_ => random.NextDouble() < share)]);
        _chunks.RemoveAll(c => c.Count == 0);
        var left = MailboxSnapshot.Of(_chunks);
        uids.Clear();
        uids.AddRange(left.Range(1, left.Count).Select(m => m.Uid));
    }

    private static MessageSummary Summary() => new(0, new MessageId(1), MessageState.Ready, 1, 0, default, [], 0);
}
