using Posthorn.Leases;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Committing;

/// <summary>
/// Rows as this node left them: of queues it wrote to, of messages it leased and has not been told to be done with, of their bodies. A batch that needs
/// nothing else is decided without reading; the transaction that writes it checks that the rows are still so (<see cref="RowChecks"/>).
/// </summary>
/// <remarks>What is remembered may be out of date at any time, for other nodes write too: then the check fails, and the batch is decided anew on rows that are read.</remarks>
internal sealed class RememberedRows
{
    /// <summary>So many leased messages are remembered, the latest.</summary>
    private const int LeasedMax = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, QueueRow> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _names = [];
    private readonly Dictionary<ulong, Entry> _leased = [];
    private readonly Queue<ulong> _order = new();
    private readonly Dictionary<long, BodyRow> _bodies = [];

    /// <summary>Fills a batch's state with what it needs.</summary>
    /// <returns>False when not all of it is remembered: then the state is of no use.</returns>
    public bool TryFill(BatchState state, BatchNeeds needs)
    {
        if (!needs.IsForeseeable)
            return false;
        lock (_gate)
        {
            return needs.Queues.All(name => TryAddQueue(state, name)) && needs.AllMessages.All(id => TryAddMessage(state, (ulong)id, needs.Changes > 0))
                && needs.Bodies.All(id => TryAddBody(state, id)) && needs.RowBodies.All(id => TryAddMessage(state, RowBody.MessageOf(id), mayBeReleased: false));
        }
    }

    /// <summary>Takes in what a batch has written.</summary>
    public void Note(BatchState state)
    {
        lock (_gate)
        {
            foreach (var queue in state.Queues.Values.OrderBy(q => q.Id)) // one that was made anew comes after the one that is gone
            {
                if (queue.IsDeleted)
                    ForgetQueue(queue.Name.Value);
                else
                    (_queues[queue.Name.Value], _names[queue.Id]) = (queue, queue.Name.Value);
            }
            foreach (var (id, entry) in state.Entries)
            {
                if (entry?.LeasedUntil is null)
                    _leased.Remove(id);
                else if (_leased.ContainsKey(id) && entry.Data.IsWhole)
                    _leased[id] = entry;
            }
            foreach (var (id, body) in state.Bodies)
            {
                if (body.References <= 0)
                    _bodies.Remove(id);
                else if (_bodies.ContainsKey(id))
                    _bodies[id] = body;
            }
        }
    }

    /// <summary>Remembers a message that was leased, if its body is known, in its row, or it has none.</summary>
    /// <param name="entry">The message, read whole.</param>
    /// <param name="bodyReferences">How many messages refer to its body, which is small; null when it was not read.</param>
    public void NoteLease(Entry entry, int? bodyReferences)
    {
        if (entry.Data.BodyId > 0 && bodyReferences is null)
            return;
        lock (_gate)
        {
            while (_order.Count >= LeasedMax)
                ForgetLease(_order.Dequeue());
            _leased[entry.Id] = entry;
            _order.Enqueue(entry.Id);
            if (bodyReferences is { } references)
                _bodies[entry.Data.BodyId] = new BodyRow(references, IsLarge: false);
        }
    }

    /// <summary>A lease ends at another time, on the steady clock.</summary>
    public void NoteExtended(ReceiptHandle lease, long until)
    {
        lock (_gate)
        {
            if (_leased.TryGetValue(lease.Message.Value, out var entry) && entry.Token == lease.Token)
                _leased[entry.Id] = entry with { LeasedUntil = until };
        }
    }

    /// <summary>Another node wrote to a queue.</summary>
    public void Forget(string queue)
    {
        lock (_gate)
            ForgetQueue(queue);
    }

    /// <summary>Anything may have happened.</summary>
    public void ForgetAll()
    {
        lock (_gate)
        {
            _queues.Clear();
            _names.Clear();
            _leased.Clear();
            _order.Clear();
            _bodies.Clear();
        }
    }

    private bool TryAddQueue(BatchState state, string name)
    {
        if (!_queues.TryGetValue(name, out var queue))
            return false;
        if (!state.Queues.ContainsKey(queue.Id))
            state.Add(queue);
        return true;
    }

    private bool TryAddMessage(BatchState state, ulong id, bool mayBeReleased)
    {
        if (!_leased.TryGetValue(id, out var entry) || !_names.TryGetValue(entry.QueueId, out var name) || !TryAddQueue(state, name))
            return false;
        if (mayBeReleased && _queues[name].Policy.DeadLetterQueue is { } dead && !TryAddQueue(state, dead.Value))
            return false;
        state.Add(entry);
        return entry.Data.BodyId <= 0 || TryAddBody(state, entry.Data.BodyId);
    }

    private bool TryAddBody(BatchState state, long id)
    {
        if (!_bodies.TryGetValue(id, out var body))
            return false;
        state.Bodies[id] = state.ReadBodies[id] = body;
        return true;
    }

    private void ForgetQueue(string name)
    {
        if (_queues.Remove(name, out var queue))
            _names.Remove(queue.Id);
    }

    private void ForgetLease(ulong id)
    {
        if (_leased.Remove(id, out var entry))
            _bodies.Remove(entry.Data.BodyId);
    }
}
