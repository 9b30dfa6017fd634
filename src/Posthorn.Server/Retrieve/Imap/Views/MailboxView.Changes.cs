using System.Runtime.CompilerServices;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <content>How the view is kept true.</content>
internal sealed partial class MailboxView
{
    /// <summary>Numbers that lie this far apart are listed together: those between cost less than another call.</summary>
    private const long GapMax = 16;

    /// <summary>Takes over everything that had happened when it was called.</summary>
    /// <exception cref="EngineFailedException">The engine is out of service.</exception>
    public async ValueTask DrainAsync()
    {
        if (!IsLoaded)
            await _loading;
        await TakeChangesAsync();
    }

    private async Task LoadAsync()
    {
        await Task.Yield(); // whoever opens it need not wait
        await RelistAsync(_closing.Token);
        await TakeChangesAsync();
    }

    private async ValueTask TakeChangesAsync()
    {
        await _draining.WaitAsync(_closing.Token);
        try
        {
            var touched = new SortedSet<long>();
            var (isLost, modSeq) = (false, 0L);
            while (!IsGone && _watch.TryRead(out var change))
            {
                modSeq = Math.Max(modSeq, change.ModSeq);
                switch (change.Kind)
                {
                    case QueueChangeKind.QueueRemoved:
                        Gone();
                        return;
                    case QueueChangeKind.Lost:
                        isLost = true;
                        break;
                    default:
                        touched.Add(change.Number);
                        break;
                }
            }
            if (isLost)
                await RelistAsync(_closing.Token);
            else if (touched.Count > 0)
                await ApplyAsync(touched, modSeq);
        }
        finally
        {
            _draining.Release();
        }
    }

    /// <summary>Takes over what became of some messages; what is not there any more is gone.</summary>
    private async ValueTask ApplyAsync(SortedSet<long> touched, long modSeq)
    {
        var found = new List<MessageSummary>();
        foreach (var (first, last) in RunsOf(touched))
            found.AddRange((await _engine.ListAsync(Queue, first, (int)(last - first) + 1, _closing.Token)).TakeWhile(m => m.Number <= last));
        lock (_gate)
        {
            _highestModSeq = Math.Max(_highestModSeq, modSeq);
            foreach (var summary in found)
            {
                touched.Remove(summary.Number);
                Put(summary);
            }
            Remove(touched);
        }
    }

    private static IEnumerable<(long First, long Last)> RunsOf(SortedSet<long> numbers)
    {
        var (first, last) = (0L, -1L);
        foreach (var number in numbers)
        {
            if (last >= 0 && (number - last > GapMax || number - first >= ListStep))
            {
                yield return (first, last);
                last = -1;
            }
            first = last < 0 ? number : first;
            last = number;
        }
        if (last >= 0)
            yield return (first, last);
    }

    private void Put(in MessageSummary summary)
    {
        if (!Uids.TryUid(summary.Number, out var uid))
            return;
        var flagSet = _flags.Of(summary.Flags);
        if (TryPlace(uid, out var chunk, out var index))
        {
            if (chunk.Update(index, summary, flagSet, _version + 1))
                _version++;
            return;
        }
        // Numbers grow in the order in which messages can be seen, so one that is new stands behind all others. One that does not was removed, and
        // is listed by somebody who looked earlier.
        if (_chunks.Count > 0 && uid <= _chunks[^1].LastUid)
            return;
        if (_chunks.Count == 0 || _chunks[^1].IsFull)
            _chunks.Add(new ViewChunk());
        _chunks[^1].Append(uid, summary, flagSet, ++_version);
        _snapshot = null;
    }

    private void Remove(SortedSet<long> numbers)
    {
        var byChunk = new Dictionary<ViewChunk, List<int>>();
        foreach (var number in numbers) // ascending, and so are the places
        {
            if (!Uids.TryUid(number, out var uid) || !TryPlace(uid, out var chunk, out var index))
                continue;
            if (!byChunk.TryGetValue(chunk, out var places))
                byChunk.Add(chunk, places = []);
            places.Add(index);
        }
        if (byChunk.Count == 0)
            return;
        foreach (var (chunk, places) in byChunk)
            chunk.Remove(places);
        _chunks.RemoveAll(chunk => chunk.Count == 0);
        _version++;
        _snapshot = null;
    }

    /// <summary>Lists the whole queue; what did not change keeps its version.</summary>
    private async ValueTask RelistAsync(CancellationToken cancellationToken)
    {
        // Before the list: what happens between is in the list as well, and is told twice rather than never.
        var status = _engine.Status(Queue);
        if (status is null || status.Identity != Uids.Identity)
        {
            Gone();
            return;
        }
        var fresh = new List<ViewChunk>();
        for (long from = 0; ;)
        {
            var listed = await _engine.ListAsync(Queue, from, ListStep, cancellationToken);
            lock (_gate)
            {
                Relist(fresh, listed);
            }
            if (listed.Count < ListStep)
                break;
            from = listed[^1].Number + 1;
        }
        lock (_gate)
        {
            _chunks = fresh;
            _version++;
            _snapshot = null;
            _highestModSeq = Math.Max(Math.Max(1, _highestModSeq), status.HighestModSeq);
        }
    }

    // Compiled well at once: a large mailbox is opened seldom and waited for, so that the first time would be the slowest by far (by half, with a million).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Relist(List<ViewChunk> fresh, IReadOnlyList<MessageSummary> listed)
    {
        for (var i = 0; i < listed.Count; i++)
        {
            var summary = listed[i];
            if (!Uids.TryUid(summary.Number, out var uid))
                continue;
            if (fresh.Count == 0 || fresh[^1].IsFull)
                fresh.Add(fresh.Count == 0 ? new ViewChunk() : new ViewChunk(ViewChunk.Capacity));
            var flagSet = _flags.Of(summary.Flags);
            var version = _version + 1;
            if (_chunks.Count > 0 && TryPlace(uid, out var old, out var index) && !old.Update(index, summary, flagSet, version))
                version = old.VersionOf(index);
            fresh[^1].Append(uid, summary, flagSet, version);
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            await _loading;
            Tell();
            while (!IsGone && await _watch.WaitAsync(_closing.Token))
            {
                await DrainAsync();
                Tell();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody looks any more.
        }
        catch (Exception e) when (e is EngineFailedException or IOException)
        {
            Gone();
        }
        catch (Exception e)
        {
            // Better no view than one that is not true any more.
            Fault = e;
            Gone();
        }
        Tell();
    }

    private void Gone()
    {
        lock (_gate)
        {
            IsGone = true;
            _version++;
        }
    }

    private void Tell()
    {
        IViewer[] viewers;
        lock (_gate)
        {
            if (_versionTold == _version)
                return;
            _versionTold = _version;
            viewers = [.. _viewers];
        }
        foreach (var viewer in viewers)
            viewer.OnMailboxChanged();
    }
}
