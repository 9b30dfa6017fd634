using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Writing;

/// <summary>Whose a message is that comes into a queue which is fair by an attribute: its group, written with it once.</summary>
internal sealed partial class CommitEncoder
{
    /// <summary>The attributes of queues that the commit has made, changed or removed so far.</summary>
    private Dictionary<QueueName, string?>? _tenants;

    /// <summary>The group with which a message comes into its queue: its own, else the text of the queue's attribute.</summary>
    private string? GroupOf(CommitStep step, string? group, IReadOnlyDictionary<string, AttributeValue> attributes)
    {
        string? attribute = null;
        step.DecidesTenant = (_tenants is not null && _tenants.TryGetValue(step.Queue, out attribute)) || _toMake?.Contains(step.Queue) == true;
        if (!step.DecidesTenant)
            attribute = engine.TenantAttributeOf(step.Queue);
        step.TenantAttribute = attribute;
        return group ?? (attribute is null ? null : QueueFairness.GroupOf(attributes, attribute));
    }
}
