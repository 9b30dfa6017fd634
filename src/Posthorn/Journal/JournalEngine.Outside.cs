using System.Runtime.InteropServices;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Journal.Writing;

namespace Posthorn.Journal;

/// <summary>Bodies in a store outside of the folder: tried at the start, removed a while after their last message, and what nobody has collected once a day.</summary>
public sealed partial class JournalEngine
{
    private static readonly TimeSpan OutsideEveryMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StrayAge = TimeSpan.FromDays(1);
    private static readonly TimeSpan StrayAfterStart = TimeSpan.FromHours(1);

    private readonly Wakeup _collecting = new();
    private readonly Queue<(long DueAt, LogPosition Key)> _leavingBodies = new(); // by due time, on the clock that nobody sets
    private OutsideBodies? _outside; // since the start
    private string? _outsideComplaint;

    private async ValueTask OpenOutsideAsync(CancellationToken cancellationToken)
    {
        var hasBodies = _index.NamedFiles.Any(body => body.IsOutside);
        if (_options.Bodies is not { } store)
        {
            if (hasBodies)
                throw new BodyStoreUnusableException("Messages of this journal have bodies in a store outside of it, and none is named. Name the one they were written to (engine.bodies; --bodies of posthorn journal).");
            return;
        }
        if (await OutsideBodies.OwnerAsync(_files) is not { } owner)
        {
            if (hasBodies)
                throw new BodyStoreUnusableException($"The journal's file {OutsideBodies.OwnerFile} is missing or damaged: it has the name of the folder with its bodies in {store.Place}. Put it back: those 32 digits and a line feed.");
            owner = RandomGuid();
            await OutsideBodies.WriteOwnerAsync(_files, owner);
        }
        await BodyStoreStart.RunAsync(store, owner, RandomGuid(), hasBodies, cancellationToken);
        _outside = new OutsideBodies(store, owner, _random);
    }

    private Guid RandomGuid() => new(MemoryMarshal.AsBytes<ulong>([_random(), _random()]));

    private async ValueTask<Stream> OpenOutsideAsync(Content content, StoredBody body, CancellationToken cancellationToken)
    {
        if (body.Writer is null && !IsNamed(body.Key))
            throw new BodyLostException($"The body {body.Key} is gone: its last message was removed.", isDamaged: false);
        var outside = _outside ?? throw new EngineUnavailableException("The store of bodies is not open.");
        try
        {
            return new ReaderContentStream(content, await outside.OpenAsync(body.Key, body.Length, content.Skip, cancellationToken));
        }
        catch (BodyLostException e) when (!e.IsDamaged && IsNamed(body.Key))
        {
            throw new BodyLostException($"The body {outside.NameOf(body.Key)} is missing in {outside.Place}, though messages have it.", isDamaged: true, e);
        }
    }

    /// <summary>A body's last message has ended on stable storage.</summary>
    private void LeaveOutside(LogPosition key)
    {
        lock (_gate)
            _leavingBodies.Enqueue((MonotonicNow + (long)_options.BodyGrace.TotalMilliseconds, key));
    }

    private async ValueTask CollectAsync()
    {
        if (_outside is not { } outside)
            return;
        var strayAt = MonotonicNow + (long)StrayAfterStart.TotalMilliseconds;
        var every = TimeSpan.FromTicks(Math.Min(OutsideEveryMax.Ticks, _options.BodyGrace.Ticks));
        while (true)
        {
            await Task.Delay(every, _time, _stopping.Token);
            try
            {
                await RemoveLeavingAsync(outside);
                if (MonotonicNow >= strayAt)
                {
                    await outside.RemoveStrayAsync(Now - StrayAge, IsNamed, _stopping.Token);
                    strayAt = MonotonicNow + (long)StrayAge.TotalMilliseconds;
                }
                ComplainOfOutside(null);
            }
            catch (Exception e) when (e is EngineUnavailableException or StorageFullException or BodyLostException)
            {
                ComplainOfOutside($"Bodies cannot be removed from their store, and it is tried again: {e.Message}");
            }
        }
    }

    private async ValueTask RemoveLeavingAsync(OutsideBodies outside)
    {
        while (true)
        {
            var due = new List<LogPosition>();
            lock (_gate)
            {
                foreach (var (dueAt, key) in _leavingBodies.Take(100))
                {
                    if (dueAt <= MonotonicNow)
                        due.Add(key);
                }
            }
            if (due.Count == 0)
                return;
            await outside.RemoveAsync(due, _stopping.Token);
            lock (_gate)
            {
                for (var i = 0; i < due.Count; i++)
                    _leavingBodies.Dequeue();
            }
        }
    }

    private void ComplainOfOutside(string? complaint)
    {
        lock (_gate)
            _outsideComplaint = complaint;
    }
}
