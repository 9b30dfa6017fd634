using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What is to be done with messages in flight: acks and nacks, gathered into one commit.</summary>
internal sealed class Settlement(StreamContext context, StreamRequest request, HeldMessages held)
{
    private readonly List<Item> _items = [];

    public int Count => _items.Count;

    /// <summary>An ack: the message is done.</summary>
    /// <param name="message">One whose settling has begun.</param>
    /// <param name="tell">Told how it went, after the commit.</param>
    public void Ack(HeldMessage message, Action<SettleOutcome> tell) => _items.Add(new Item(message, TimelineKind.Consumed, default, null, tell));

    /// <summary>A nack: the message comes back after <paramref name="delay"/>, and <paramref name="error"/> is its last error unless it is null.</summary>
    public void Nack(HeldMessage message, TimeSpan delay, string? error, Action<SettleOutcome> tell) =>
        _items.Add(new Item(message, TimelineKind.Released, delay, error, tell));

    /// <summary>Commits; what stands in the way of one message hinders no other. Empty afterwards.</summary>
    /// <exception cref="Engine.EngineFailedException">The engine is out of service; nobody was told.</exception>
    public async ValueTask CommitAsync()
    {
        while (_items.Count > 0)
        {
            var commit = new Commit();
            foreach (var item in _items)
                item.AddTo(commit);
            try
            {
                await context.Engine.CommitAsync(commit);
            }
            catch (CommitConflictException e)
            {
                foreach (var conflict in e.Conflicts.OrderByDescending(c => c.Operation))
                {
                    Refuse(_items[conflict.Operation], conflict.Reason);
                    _items.RemoveAt(conflict.Operation);
                }
                continue;
            }
            foreach (var item in _items)
                Done(item);
            _items.Clear();
        }
    }

    private void Done(Item item)
    {
        held.EndSettling(item.Message);
        context.Metrics.Settled(item.Kind == TimelineKind.Consumed ? "ack" : "nack");
        context.Record(item.Kind, item.Message, $"by stream, account {request.Caller.Name}");
        item.Tell(SettleOutcome.Done);
    }

    private void Refuse(Item item, ConflictReason reason)
    {
        context.Metrics.Settled("refused");
        if (reason == ConflictReason.MessageBusy)
        {
            held.KeepAfterSettling(item.Message);
            item.Tell(SettleOutcome.Busy);
            return;
        }
        held.EndSettling(item.Message);
        item.Tell(SettleOutcome.LeaseEnded);
    }

    private readonly record struct Item(HeldMessage Message, TimelineKind Kind, TimeSpan Delay, string? Error, Action<SettleOutcome> Tell)
    {
        public void AddTo(Commit commit)
        {
            if (Kind == TimelineKind.Consumed)
                commit.Remove(Message.Handle);
            else
                commit.Release(Message.Handle, Delay, Error is null ? null : new MessageChanges { LastError = Error });
        }
    }
}
