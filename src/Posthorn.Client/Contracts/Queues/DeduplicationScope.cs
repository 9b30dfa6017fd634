using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Queues;

/// <summary>Where a deduplication id stands for one message only.</summary>
[JsonConverter(typeof(KebabCase<DeduplicationScope>))]
public enum DeduplicationScope
{
    /// <summary>In the whole queue.</summary>
    Queue,
    /// <summary>In its group: another group may use the same id.</summary>
    Group,
}
