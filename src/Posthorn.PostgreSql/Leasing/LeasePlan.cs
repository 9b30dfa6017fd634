using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>One statement that leases for one or several who wait, each his part of the row of messages that it takes.</summary>
/// <param name="group">The group they ask for; null is any.</param>
internal sealed class LeasePlan(string? group)
{
    private readonly List<(LeaseWaiter Waiter, long First, long Last, long Until)> _parts = [];

    public string? Group { get; } = group;

    /// <summary>How many messages they want together.</summary>
    public long MessagesMax => _parts.Count == 0 ? 0 : _parts[^1].Last;

    public void Add(LeaseWaiter waiter, long until) =>
        _parts.Add((waiter, MessagesMax + 1, MessagesMax + waiter.Request.MessagesMax, until));

    public LeaseWaiter WaiterAt(long place) => _parts.First(p => place <= p.Last).Waiter;

    public void AddTo(Statements statements, QueueRow queue, long nodeId, long bytesMax)
    {
        object[] parameters =
        [
            queue.Id, nodeId, bytesMax, MessagesMax, queue.ReceivesMax, queue.PolicyVersion,
            _parts.Select(p => p.First).ToArray(), _parts.Select(p => p.Last).ToArray(), _parts.Select(p => p.Until).ToArray(), LeaseSql.NewTokens(),
        ];
        if (Group is null)
            statements.Add(LeaseSql.Any, parameters);
        else
            statements.Add(LeaseSql.OfGroup, [.. parameters, Group]);
    }
}
