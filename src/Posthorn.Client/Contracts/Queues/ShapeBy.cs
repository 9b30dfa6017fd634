using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Queues;

/// <summary>What the rows of a queue's shape are.</summary>
[JsonConverter(typeof(KebabCase<ShapeBy>))]
public enum ShapeBy
{
    /// <summary>The recipients' domains; a message counts once for each.</summary>
    Destination,
    /// <summary>The sender's domain.</summary>
    Sender,
    /// <summary>The last error.</summary>
    Error,
}
