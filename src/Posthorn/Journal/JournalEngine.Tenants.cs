using Posthorn.Journal.Index;
using Posthorn.Journal.Writing;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>
/// Which queues make groups of an attribute. Commits are encoded outside of the lock, by what was true when one was checked last; one for which
/// that is not true any more is encoded again. Where no queue is so, nothing is looked up.
/// </summary>
public sealed partial class JournalEngine
{
    /// <summary>Replaced whole under the lock, read without it; null while there is none.</summary>
    private volatile Dictionary<QueueName, string>? _tenantAttributes;

    internal string? TenantAttributeOf(QueueName queue) => _tenantAttributes?.GetValueOrDefault(queue);

    /// <summary>Whether a message was encoded with the group that its queue wants now.</summary>
    private bool IsTenantAsEncoded(CommitStep step, QueueState queue)
    {
        var attribute = queue.SubmittedPolicy.Fairness?.Attribute;
        if (step.DecidesTenant || step.TenantAttribute == attribute)
            return true;
        NoteTenants(step.Queue, attribute);
        return false;
    }

    private void NoteTenants(QueueName queue, string? attribute)
    {
        if (attribute is null && _tenantAttributes?.ContainsKey(queue) != true)
            return;
        var attributes = _tenantAttributes is null ? [] : new Dictionary<QueueName, string>(_tenantAttributes);
        if (attribute is null)
            attributes.Remove(queue);
        else
            attributes[queue] = attribute;
        _tenantAttributes = attributes.Count == 0 ? null : attributes;
    }
}
