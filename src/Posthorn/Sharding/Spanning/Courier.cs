using System.Threading.Channels;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Sharding.Spanning;

/// <summary>
/// Takes out of outboxes what has happened, and makes happen what their nodes left: one that died, or could not reach the other shard. Dead letters whose
/// queue is in another shard go on by it.
/// </summary>
/// <remarks>
/// Runs on loops of its own, one a shard and one a queue of letters; every node has them, and two that take up the same thing do no harm.
/// <para><i>Diagnostics.</i> A shard that is away: again after a second, for ever. What its shard refuses: again every two minutes, and <see cref="Complaint"/>.</para>
/// </remarks>
internal sealed class Courier : IAsyncDisposable
{
    /// <summary>How long a node has for what it decided, before others take it up.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private const int CleaningMax = 256;
    private const int WaitingMax = 10_000;
    private const int LettersMax = 16;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    /// <summary>A receipt of this age whose consignment is gone was left by a node that died: longer than a commit's key says the same.</summary>
    private static readonly TimeSpan ReceiptAge = TimeSpan.FromHours(2);

    private readonly ShardMap _map;
    private readonly TimeProvider _time;
    private readonly Func<Commit, ValueTask> _commit;
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<Consignment> _done = Channel.CreateBounded<Consignment>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly Lock _gate = new(); // guards the loops, what they watch, and whether more may come
    private readonly HashSet<(int Shard, QueueName Letters)> _watched = [];
    private readonly List<Task> _loops = [];
    private bool _isClosing;
    private volatile string? _complaint;

    /// <param name="map">Where things are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="commit">Moves dead letters on, whatever their queue's limits are.</param>
    public Courier(ShardMap map, TimeProvider time, Func<Commit, ValueTask> commit) => (_map, _time, _commit) = (map, time, commit);

    /// <summary>What a human is needed for; null for nothing.</summary>
    public string? Complaint => _complaint;

    /// <summary>Begins its work.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _loops.Add(Task.Run(CleanAsync));
            _loops.Add(Task.Run(SweepAsync));
            _loops.AddRange(_map.Links.Select(link => Task.Run(() => TakeUpAsync(link))));
        }
    }

    /// <summary>Takes dead letters on from a queue of a shard, from now on.</summary>
    public void Watch(ShardLink link, QueueName letters)
    {
        lock (_gate)
        {
            if (!_isClosing && _watched.Add((link.Index, letters)))
                _loops.Add(Task.Run(() => ForwardAsync(link, letters)));
        }
    }

    /// <summary>Has what happened taken out of its outbox.</summary>
    public ValueTask DoneAsync(Consignment consignment) => _done.Writer.TryWrite(consignment) ? ValueTask.CompletedTask : WaitAsync(consignment);

    /// <summary>Makes a consignment happen that lies in an outbox.</summary>
    /// <returns>What it did; null when that is not known, and when it is not there any more.</returns>
    public async ValueTask<CommitResult?> TakeUpAsync(ShardLink from, Message one, CancellationToken cancellationToken)
    {
        var parcels = new List<(Message Message, Parcel Parcel)>();
        await foreach (var message in from.Engine.BrowseAsync(BetweenQueues.Outbox, new MessageFilter { Group = one.Group }, cancellationToken))
            parcels.Add((message, await Parcel.UnpackAsync(message, content => ReadAsync(from, content, cancellationToken))));
        if (parcels.Count == 0 || parcels.Count < parcels[0].Parcel.Count)
            return null; // its node is taking it out
        var ordered = parcels.OrderBy(p => p.Parcel.Place).ToList();
        var consignment = new Consignment(from, _map.ShardOf(ordered[0].Parcel.Operation), [.. ordered.Select(p => p.Parcel.Operation)], [.. ordered.Select(p => p.Message.Id)]);
        var result = await Delivery.DeliverAsync(consignment, cancellationToken);
        await DoneAsync(consignment);
        return result;
    }

    /// <summary>Ends it; what is done is taken out before, if it can be.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] loops;
        lock (_gate)
            (_isClosing, loops) = (true, [.. _loops]);
        _done.Writer.TryComplete();
        await _closing.CancelAsync();
        await Task.WhenAll(loops);
        _closing.Dispose();
    }

    private static async ValueTask<byte[]> ReadAsync(ShardLink from, Content content, CancellationToken cancellationToken)
    {
        await using var stream = await from.Engine.OpenAsync(content, cancellationToken);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private async ValueTask WaitAsync(Consignment consignment)
    {
        try
        {
            await _done.Writer.WriteAsync(consignment);
        }
        catch (ChannelClosedException)
        {
            // Closing: another node, or the next start, finds it and its receipt.
        }
    }

    /// <summary>Does something again and again until it is closed; waits a while when it fails.</summary>
    private async Task LoopAsync(Func<Task> step)
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await step();
                continue;
            }
            catch (Exception) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is ObjectDisposedException or EngineFailedException)
            {
                return; // the engine says so itself
            }
            catch (EngineUnavailableException)
            {
                // Again when it is back.
            }
            catch (Exception e)
            {
                _complaint = $"What goes from one shard to another is refused there, and is tried again: {e.Message}";
            }
            await Task.Delay(Pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task TakeUpAsync(ShardLink link) => LoopAsync(async () =>
    {
        // The lease keeps the others from the same one for a while; which of them does it does not matter.
        var request = new LeaseRequest { VisibilityTimeout = LeaseTime, Wait = Timeout.InfiniteTimeSpan };
        foreach (var leased in await link.AskAsync(e => e.LeaseAsync(BetweenQueues.Outbox, request, _closing.Token)))
        {
            await TakeUpAsync(link, leased.Message, _closing.Token);
            _complaint = null;
        }
    });

    private Task ForwardAsync(ShardLink link, QueueName letters) => LoopAsync(async () =>
    {
        var target = BetweenQueues.DeadLetterQueueOf(letters)!.Value;
        var request = new LeaseRequest { MessagesMax = LettersMax, VisibilityTimeout = LeaseTime, Wait = Timeout.InfiniteTimeSpan };
        foreach (var leased in await link.AskAsync(e => e.LeaseAsync(letters, request, _closing.Token)))
        {
            _map.Seen(leased.Message.Id, link);
            try
            {
                await _commit(new Commit().Move(leased, target));
            }
            catch (CommitConflictException)
            {
                // Somebody was quicker: an administrator, or another node.
            }
            catch (EngineUnavailableException e) when (!e.IsOutcomeUnknown)
            {
                await link.AskAsync(engine => engine.CommitAsync(new Commit().Release(leased, Pause), CancellationToken.None));
                throw;
            }
        }
    });

    private async Task CleanAsync()
    {
        var batch = new List<Consignment>();
        while (await _done.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < CleaningMax && _done.Reader.TryRead(out var consignment))
                batch.Add(consignment);
            foreach (var byShard in batch.GroupBy(c => c.From))
            {
                if (!await TryEndAsync(byShard.Key, byShard.SelectMany(c => c.Parcels)))
                    continue; // it is found again after its grace, and its receipt with it
                foreach (var byTarget in byShard.GroupBy(c => c.To))
                    await TryEndAsync(byTarget.Key, byTarget.Select(c => c.Receipt));
            }
        }
    }

    /// <summary>Ends messages that may be gone already.</summary>
    /// <returns>Whether they are gone.</returns>
    private static async Task<bool> TryEndAsync(ShardLink link, IEnumerable<MessageId> messages)
    {
        var left = messages.Distinct().ToList();
        while (left.Count > 0)
        {
            try
            {
                await link.AskAsync(e => e.CommitAsync(left.Aggregate(new Commit(), (commit, id) => commit.Discard(id)), CancellationToken.None));
                return true;
            }
            catch (CommitConflictException e)
            {
                var gone = e.Conflicts.Where(c => c.Reason == ConflictReason.MessageNotFound).Select(c => c.Operation).ToHashSet();
                if (gone.Count == 0)
                    return false; // busy elsewhere
                left = [.. left.Where((_, i) => !gone.Contains(i))];
            }
            catch (Exception e) when (EngineOutage.Is(e) || e is StorageFullException or ObjectDisposedException)
            {
                return false;
            }
        }
        return true;
    }

    private Task SweepAsync() => LoopAsync(async () =>
    {
        await Task.Delay(SweepInterval, _time, _closing.Token);
        foreach (var link in _map.Links.Where(l => l.Fault is null))
        {
            // A policy that another node set may have brought a queue of letters.
            foreach (var queue in link.Look(e => e.Queues()).Where(q => BetweenQueues.DeadLetterQueueOf(q.Name) is not null))
                Watch(link, queue.Name);
            var left = new List<MessageId>();
            await foreach (var receipt in link.Engine.BrowseAsync(BetweenQueues.Receipts, new MessageFilter { AcceptedBefore = _time.GetUtcNow() - ReceiptAge }, _closing.Token))
            {
                if (await _map.BeginningOf(receipt.Id).AskAsync(e => e.FindAsync(receipt.Id, _closing.Token)) is not { } parcel || parcel.Queue != BetweenQueues.Outbox)
                    left.Add(receipt.Id);
            }
            await TryEndAsync(link, left);
        }
    });
}
