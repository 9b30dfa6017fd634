using Posthorn.Leases;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>What the database gave to those who waited for a queue when it was asked once.</summary>
internal sealed class Round(IReadOnlyList<LeaseWaiter> waiters)
{
    private readonly Dictionary<LeaseWaiter, List<LeasedMessage>> _given = [];

    /// <summary>Those for whom it is asked, the longest waiting first.</summary>
    public IReadOnlyList<LeaseWaiter> Waiters { get; } = waiters;

    /// <summary>Whether there is such a queue.</summary>
    public bool SawQueue { get; set; }

    /// <summary>Why it ended before its time.</summary>
    public Exception? Fault { get; init; }

    public IReadOnlyList<LeasedMessage> Of(LeaseWaiter waiter) => _given.TryGetValue(waiter, out var messages) ? messages : [];

    public void Give(LeaseWaiter waiter, LeasedMessage message)
    {
        if (!_given.TryGetValue(waiter, out var messages))
            _given.Add(waiter, messages = []);
        messages.Add(message);
    }
}
