using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>One statement that leases for one or several who wait, each his part of the row of messages that it takes.</summary>
/// <param name="group">The group they ask for; null is any.</param>
/// <param name="until">When their leases end, on the steady clock.</param>
internal sealed class LeasePlan(string? group, long until)
{
    private readonly List<(LeaseWaiter Waiter, long Last)> _parts = [];

    /// <summary>How many messages they want together.</summary>
    public long MessagesMax => _parts.Count == 0 ? 0 : _parts[^1].Last;

    /// <summary>Whether one who asks for any message until then can be served along.</summary>
    public bool TakesAnyUntil(long other) => group is null && until == other;

    public void Add(LeaseWaiter waiter) => _parts.Add((waiter, MessagesMax + waiter.Request.MessagesMax));

    public LeaseWaiter WaiterAt(long place) => _parts.First(p => place <= p.Last).Waiter;

    public void AddTo(Statements statements, QueueRow queue, long nodeId, long bytesMax)
    {
        object[] parameters = [queue.Id, nodeId, bytesMax, MessagesMax, queue.ReceivesMax, queue.PolicyVersion, until, LeaseSql.NewTokens()];
        if (group is null)
            statements.Add(LeaseSql.Any, parameters);
        else
            statements.Add(LeaseSql.OfGroup, [.. parameters, group]);
    }
}
