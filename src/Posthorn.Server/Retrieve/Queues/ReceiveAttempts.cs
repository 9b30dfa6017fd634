using Posthorn.Leases;
using Posthorn.Messages;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>
/// What receives of FIFO queues brought, by the id their caller gave them (ReceiveRequestAttemptId): a caller whose answer was lost asks again and gets the
/// same messages under the same handles, while nothing was done with them.
/// </summary>
/// <remarks>In memory: a restart ends all leases anyway. Bounded by time and by number; the oldest go first.</remarks>
internal sealed class ReceiveAttempts(TimeProvider time)
{
    /// <summary>For how long an attempt can be repeated; SQS's.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(5);

    private const int AttemptsMax = 10_000;

    private readonly Lock _gate = new(); // guards all below
    private readonly Dictionary<(string Queue, string Attempt), Attempt> _attempts = [];
    private readonly Dictionary<ulong, Attempt> _byMessage = [];
    private readonly Queue<Attempt> _inOrder = [];

    /// <summary>What an attempt brought; null when it is not known, or its time is over.</summary>
    public Attempt? Find(string queue, string attempt)
    {
        lock (_gate)
        {
            DropOld();
            return _attempts.GetValueOrDefault((queue, attempt));
        }
    }

    public void Keep(string queue, string name, IReadOnlyList<LeasedMessage> messages, long leasedAt)
    {
        lock (_gate)
        {
            DropOld();
            if (_inOrder.Count >= AttemptsMax)
                Drop(_inOrder.Dequeue());
            var attempt = new Attempt((queue, name), messages, leasedAt, time.GetTimestamp());
            _attempts[attempt.Key] = attempt;
            foreach (var message in messages)
                _byMessage[message.Message.Id.Value] = attempt;
            _inOrder.Enqueue(attempt);
        }
    }

    /// <summary>Notes that something was done with a message: what brought it cannot be repeated any more.</summary>
    public void Touch(MessageId message)
    {
        lock (_gate)
        {
            if (_byMessage.TryGetValue(message.Value, out var attempt))
                attempt.IsTouched = true;
        }
    }

    private void DropOld()
    {
        while (_inOrder.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) >= s_window)
            Drop(_inOrder.Dequeue());
    }

    private void Drop(Attempt attempt)
    {
        if (_attempts.GetValueOrDefault(attempt.Key) == attempt)
            _attempts.Remove(attempt.Key);
        foreach (var message in attempt.Messages)
            if (_byMessage.GetValueOrDefault(message.Message.Id.Value) == attempt)
                _byMessage.Remove(message.Message.Id.Value);
    }

    /// <summary>One of them.</summary>
    internal sealed class Attempt((string, string) key, IReadOnlyList<LeasedMessage> messages, long leasedAt, long since)
    {
        public (string Queue, string Name) Key { get; } = key;

        public IReadOnlyList<LeasedMessage> Messages { get; } = messages;

        /// <summary>When they were leased: a part of their handles.</summary>
        public long LeasedAt { get; } = leasedAt;

        public long Since { get; } = since;

        public bool IsTouched { get; set; }
    }
}
