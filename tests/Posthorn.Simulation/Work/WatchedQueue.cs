using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>A queue as somebody knows it who has listed it once and was told of what happened since.</summary>
public sealed class WatchedQueue(string name)
{
    private readonly SortedDictionary<long, long> _modSeqs = [];
    private long _last;

    /// <summary>How much was told so far.</summary>
    public int Told { get; private set; }

    public async Task ListAsync(IEngine engine)
    {
        _modSeqs.Clear();
        foreach (var message in await engine.ListAsync(QueueName.Parse(name), 0, 10_000))
            _modSeqs.Add(message.Number, message.ModSeq);
    }

    /// <summary>Reads what was told.</summary>
    /// <returns>Whether some of it was forgotten, so that the queue must be listed anew.</returns>
    public bool Read(IQueueWatch watch)
    {
        var isLost = false;
        while (watch.TryRead(out var change))
        {
            Told++;
            switch (change.Kind)
            {
                case QueueChangeKind.Added or QueueChangeKind.Changed:
                    _modSeqs[change.Number] = change.ModSeq;
                    break;
                case QueueChangeKind.Removed:
                    _modSeqs.Remove(change.Number);
                    break;
                case QueueChangeKind.QueueRemoved:
                    _modSeqs.Clear();
                    break;
                case QueueChangeKind.Lost:
                    isLost = true;
                    break;
            }
            if (change.Kind is not (QueueChangeKind.Added or QueueChangeKind.Removed))
                continue;
            if (change.ModSeq < _last)
                throw new AuditException("I15", $"{name} told of {change} after {_last}.");
            _last = change.ModSeq;
        }
        return isLost;
    }

    /// <summary>Compares what is known with what is there, when nothing was told in between.</summary>
    public void Compare(IReadOnlyList<MessageSummary> listed)
    {
        var actual = listed.Select(m => (m.Number, m.ModSeq)).ToList();
        var expected = _modSeqs.Select(m => (m.Key, m.Value)).ToList();
        if (!expected.SequenceEqual(actual))
            throw new AuditException("I15", $"{name} holds {string.Join(", ", actual.Except(expected))}, and whoever watched it knows {string.Join(", ", expected.Except(actual))}.");
    }
}
